"""Approvals that a wording needs before it becomes live, where its prompt asks for some."""

from __future__ import annotations

import hashlib
import json

from django.db.models import QuerySet

from conversations.models import LIVE, PromptApproval, PromptDraft, PromptVersion, SystemPrompt, User
from conversations.rendering import fragments

from .wording import Wording, texts_of, wording_of

FIRST_FIELDS = ("text", "model", "parameters", "starters")


class OwnWork(Exception):
    """It was written by who would approve it."""


def given(prompt: SystemPrompt, wording: Wording) -> QuerySet[PromptApproval]:
    """Of users who may still sign in."""
    return prompt.approvals.filter(digest=digest(wording), by__is_active=True).select_related("by")


def missing(prompt: SystemPrompt, wording: Wording) -> int:
    """How many approvals this wording still needs before it becomes live."""
    return max(0, prompt.approvals_needed - given(prompt, wording).count()) if prompt.approvals_needed else 0


def is_return(prompt: SystemPrompt, version: PromptVersion) -> bool:
    """Whether it was live before and says what it said then. A fragment that it follows may say something else by now."""
    if not prompt.label_moves.filter(name=LIVE, version=version).exists():
        return False
    return not (version.is_template and fragments.followed(texts_of(wording_of(version))))


def missing_of_version(prompt: SystemPrompt, version: PromptVersion) -> int:
    """0 where it only returns: rolling back needs none."""
    if is_return(prompt, version):
        return 0
    return missing(prompt, wording_of(version))


def wrote(draft: PromptDraft, user: User) -> bool:
    """Whether the user wrote something of the draft, or of the version that it repeats."""
    base = draft.base
    if base is not None and wording_of(base) == wording_of(draft) and (base.author_id == user.pk or base.writers.contains(user)):
        return True
    return draft.author_id == user.pk or draft.writers.contains(user)


def approve(prompt: SystemPrompt, draft: PromptDraft, user: User) -> None:
    """Raises OwnWork. A second approval by the same user changes nothing."""
    if wrote(draft, user):
        raise OwnWork
    PromptApproval.objects.get_or_create(prompt=prompt, digest=digest(wording_of(draft)), by=user)


def digest(wording: Wording) -> str:
    """SHA-256 of the wording, in hexadecimal, with the fragments that it follows as they are now. Asks the database where it has some.

    Fields that are empty and came later say nothing, so that approvals given before there were any still hold."""
    said = {name: value for name, value in wording.items() if value or name in FIRST_FIELDS}
    if followed := fragments.followed(texts_of(wording)):
        said["fragments"] = followed
    return hashlib.sha256(json.dumps(said, sort_keys=True).encode()).hexdigest()
