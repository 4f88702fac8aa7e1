"""The draft of a prompt, which all its authors share."""

from __future__ import annotations

from django.db import transaction

from conversations.models import PromptDraft, PromptVersion, SystemPrompt, User

from . import comments
from .wording import Wording, wording_of


class DraftInTheWay(Exception):
    """There is a draft already, and what was asked for would replace it."""


def of(prompt: SystemPrompt) -> PromptDraft | None:
    return PromptDraft.objects.filter(prompt=prompt).select_related("author", "base").first()


def edited(prompt: SystemPrompt) -> Wording:
    """What an editor of the prompt begins with: its draft, or else what is live."""
    return wording_of(of(prompt) or prompt.published)


def locked(prompt: SystemPrompt) -> SystemPrompt:
    """The prompt as it is now; until the transaction ends, no other transaction publishes it or changes its draft."""
    return SystemPrompt.objects.select_for_update(of=("self",)).select_related("published").get(pk=prompt.pk)


@transaction.atomic
def save(prompt: SystemPrompt, wording: Wording, author: User) -> PromptDraft | None:
    """Make it the draft's wording. None where that is what is live already: then there is no draft any more."""
    live = locked(prompt).published
    draft = of(prompt)
    if live is not None and wording == wording_of(live):
        if draft is not None:
            end_as(live, draft)
        return None
    if draft is None:
        draft = PromptDraft.objects.create(prompt=prompt, base=live, author=author, **wording)
        draft.writers.add(author)
        return draft
    if wording != wording_of(draft):
        before = draft.text
        for name, value in wording.items():
            setattr(draft, name, value)
        draft.revision += 1
        draft.author = author
        draft.save()
        draft.writers.add(author)
        comments.follow(draft, before)
    return draft


def end_as(version: PromptVersion, draft: PromptDraft) -> None:
    """The draft ends, for a version says what it does: so its comments are about that."""
    before, draft.text = draft.text, version.text
    comments.follow(draft, before)
    comments.carry_over(draft, version)
    draft.delete()


@transaction.atomic
def begin_from(prompt: SystemPrompt, version: PromptVersion, author: User) -> PromptDraft | None:
    """Make the wording of a version the draft. None where it is what is live; DraftInTheWay where a draft says something else."""
    locked(prompt)
    draft = of(prompt)
    if draft is not None and wording_of(draft) != wording_of(version):
        raise DraftInTheWay
    begun = save(prompt, wording_of(version), author)
    if begun is not None:
        PromptDraft.objects.filter(pk=begun.pk).update(base=version)
    return begun
