"""Which model makes text of what users say, and who can be asked for it. Synchronous; asks no provider."""

from __future__ import annotations

from django.conf import settings

from . import catalog
from .sources import Source

USUAL_AT_OPENAI = "gpt-transcribe"
"""Asked where the settings name OpenAI itself and nothing else is set up."""


def model() -> str:
    """The model that transcribes: what the settings name, else the first that is set up. "" where none does, or it is switched off."""
    if not settings.DICTATION:
        return ""
    sources = catalog.read().sources
    if named := settings.TRANSCRIPTION_MODEL:
        return named if any(has(source, named) for source in sources) else ""
    rows = (offer.name for source in sources for offer in source.offers if offer.transcribes)
    usual = (USUAL_AT_OPENAI for source in sources if has(source, USUAL_AT_OPENAI))
    return next(rows, "") or next(usual, "")


def has(source: Source, model: str) -> bool:
    """Whether this provider can be asked for the model that transcribes.

    A server that takes any name is asked only for one that is set up, that the settings name, or that OpenAI is known to have.
    """
    if (offer := source.offer(model)) is None:
        return False
    if offer in source.offers:
        return offer.transcribes or model == settings.TRANSCRIPTION_MODEL
    is_openai = source.endpoint is not None and source.endpoint.is_openai
    return source.endpoint is not None and (model == settings.TRANSCRIPTION_MODEL or (is_openai and model == USUAL_AT_OPENAI))
