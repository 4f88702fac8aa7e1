"""Copies of prompts, to begin another one with."""

from __future__ import annotations

from itertools import count

from django.db import transaction

from conversations.models import SystemPrompt, User

from . import drafts
from .bounds import MAX_NAME_CHARACTERS, MAX_SLUG_CHARACTERS


@transaction.atomic
def copy(prompt: SystemPrompt, author: User) -> SystemPrompt:
    """A new prompt whose draft says what is edited of this one. Users can’t choose it until it is published."""
    name = f"Copy of {prompt.name}"[:MAX_NAME_CHARACTERS]
    details = {detail: getattr(prompt, detail) for detail in SystemPrompt.DETAILS}
    made = SystemPrompt.objects.create(**{**details, "name": name}, slug=_free_slug(prompt.slug), tags=prompt.tags)
    drafts.save(made, drafts.edited(prompt), author)
    return made


def _free_slug(slug: str) -> str:
    for number in count(1):
        end = "-copy" if number == 1 else f"-copy-{number}"
        wanted = slug[: MAX_SLUG_CHARACTERS - len(end)] + end
        if not SystemPrompt.objects.filter(slug=wanted).exists():
            return wanted
    raise AssertionError
