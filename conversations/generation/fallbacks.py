"""Which model answers in place of one that was shut down, once no provider answers with that any more. Synchronous."""

from __future__ import annotations

import uuid
from datetime import date
from time import monotonic
from typing import NamedTuple

from django.utils import timezone

from conversations.models import Message, SystemPrompt
from conversations.models.message_content import shows_images
from conversations.process_cache import kept
from conversations.routing import catalog, offered, shutdowns, sight

GONE_SECONDS = 600.0
"""So long after a model was refused, answers don't ask for it first."""
_refused: dict[str, float] = kept({})


class Fallback(NamedTuple):
    model: str
    note: str
    """What the user is told."""


def of(reply: Message) -> Fallback | None:
    """The prompt's own, or else the model's. None before the day, and where none was chosen that a provider has.

    Asks the database only on and after the day.
    """
    return in_place_of(reply.model, reply.prompt_version_id, sees=shows_images(reply.parent))


def in_place_of(model: str, version: uuid.UUID | None, *, sees: bool) -> Fallback | None:
    """The same of a model and the version of its prompt; `sees`: asked about an image."""
    day = shutdowns.of(model)
    if day is None or timezone.localdate() < day:
        return None
    gone = model or offered.default()
    own = SystemPrompt.objects.filter(versions=version).values_list("fallback_model", flat=True).first() if version else None
    known = catalog.read()
    for name in (own, known.fallbacks.get(gone)):
        if not name or name == gone or (sees and sight.sees(name) is False):
            continue
        if any(source.offer(name) is not None for source in known.sources):
            return Fallback(name, _note(name, gone, day))
    return None


def sees(model: str, version: uuid.UUID | None) -> bool | None:
    """Whether what answers for this model sees: itself, or the one in its place; None where that is unknown."""
    known = sight.sees(model)
    return True if known is False and in_place_of(model, version, sees=True) else known


def begun(reply: Message, model: str) -> Fallback:
    """This model answers in its place already, whatever is chosen by now."""
    day = shutdowns.of(reply.model)
    return Fallback(model, _note(model, reply.model or offered.default(), day) if day else "")


def _note(model: str, gone: str, day: date) -> str:
    return f"{model} answered, for {gone or 'the usual model'} was shut down on {day:%-d %B %Y}."


def refused(model: str) -> None:
    """No provider answers with it now."""
    _refused[model] = monotonic()


def is_refused(model: str) -> bool:
    """Whether it was, a short while ago."""
    return model in _refused and monotonic() - _refused[model] < GONE_SECONDS
