"""Archived prompts: offered for no new conversation, while conversations that have one go on."""

from __future__ import annotations

from django.utils import timezone

from conversations.models import SystemPrompt


class IsDefault(Exception):
    """It is what users get who choose none."""


def archive(prompt: SystemPrompt) -> bool:
    """Whether it wasn't archived before. The caller holds the prompt's lock. Raises IsDefault."""
    if prompt.is_default:
        raise IsDefault
    return _set(prompt, archived=True)


def restore(prompt: SystemPrompt) -> bool:
    """Whether it was archived. The caller holds the prompt's lock."""
    return _set(prompt, archived=False)


def _set(prompt: SystemPrompt, *, archived: bool) -> bool:
    if bool(prompt.archived) == archived:
        return False
    prompt.archived = timezone.now() if archived else None
    prompt.save(update_fields=["archived"])
    return True
