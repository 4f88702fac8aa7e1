"""Publishing a draft: it becomes a version, and a label points at it."""

from __future__ import annotations

from datetime import timedelta
from typing import NamedTuple

from django.db import transaction
from django.db.models import Count, Q
from django.utils import timezone

from conversations.models import LIVE, Conversation, PromptDraft, PromptVersion, SystemPrompt, User

from . import approvals, comments, labels, required_cases, rights, sendable
from .wording import Wording, wording_of

RECENT_DAYS = 30


class NothingToPublish(Exception):
    """There is no draft, or not any more."""


class Published(NamedTuple):
    version: PromptVersion
    before: PromptVersion | None
    """Where the label pointed until then."""


class Following(NamedTuple):
    """How many conversations a new live version reaches with their next answer."""

    all: int
    recent: int
    """Of these, with a message in the last RECENT_DAYS."""


def following(prompt: SystemPrompt) -> Following:
    theirs = Q(prompt=prompt) | Q(prompt=None) if prompt.is_default else Q(prompt=prompt)
    since = timezone.now() - timedelta(days=RECENT_DAYS)
    counted = Conversation.objects.filter(theirs).aggregate(all=Count("pk"), recent=Count("pk", filter=Q(updated__gte=since)))
    return Following(counted["all"], counted["recent"])


def obstacle(prompt: SystemPrompt, wording: Wording, by: User) -> str:
    """Why this user may not make this live now, in a sentence; empty where they may. Whether it can be sent is another question."""
    if not rights.may_move_live(by, prompt):
        return f"“{LIVE}” of this prompt is moved by {rights.who_moves_live(prompt)}. Publish it under another label."
    if missing := approvals.missing(prompt, wording):
        return f"{missing} of {prompt.approvals_needed} approvals are missing."
    if missing := required_cases.missing(prompt, wording):
        return f"{missing} of {max(1, prompt.cases.count())} cases have not passed."
    return ""


@transaction.atomic
def publish(prompt: SystemPrompt, draft: PromptDraft, by: User, *, note: str = "", label: str = LIVE) -> Published:
    """Make the draft a version and have `label` point at it. The caller holds the prompt's lock. Raises NotSendable.

    A draft that has become a version under another label already makes no second one. It ends when it is live.
    """
    version = as_version(prompt, draft, by, note=note)
    before = labels.move(prompt, label, version, by=by, reason=note)
    if label == LIVE:
        draft.delete()
    else:
        PromptDraft.objects.filter(pk=draft.pk).update(base=version)
    return Published(version, before)


def as_version(prompt: SystemPrompt, draft: PromptDraft, by: User, *, note: str = "") -> PromptVersion:
    """The version that says what the draft says, made unless the draft is one already. Raises NotSendable."""
    wording, base = wording_of(draft), draft.base
    if base is not None and wording_of(base) == wording:
        comments.carry_over(draft, base)
        return base
    sendable.require(wording)
    version = prompt.add_version(author=by, note=note, **wording)
    version.writers.set(draft.writers.all())
    comments.carry_over(draft, version)
    return version
