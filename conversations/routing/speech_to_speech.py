"""Which model users talk with in speech, through a provider's Realtime API."""

from __future__ import annotations

from django.conf import settings

from . import catalog
from .audio_models import AudioModels
from .sources import Source

USUAL_AT_OPENAI = "gpt-realtime-2.1"

_models = AudioModels(
    does_it=lambda offer: offer.speech_to_speech,
    is_allowed=lambda: settings.SPEECH_TO_SPEECH,
    named=lambda: settings.REALTIME_MODEL,
    usual_at_openai=USUAL_AT_OPENAI,
)


def has(source: Source, model: str) -> bool:
    """Whether this provider can be asked for it."""
    return _models.has(source, model) or _is_one(source, model)


def model(own: str = "") -> str:
    """The conversation's `own` one where it is one, else the site's. "" where there is none, or it is switched off."""
    if own and settings.SPEECH_TO_SPEECH and any(_is_one(source, own) for source in catalog.read().sources):
        return own
    return _models.model()


def _is_one(source: Source, model: str) -> bool:
    """As its row or its name says. Of servers that take any name, only OpenAI is known to have what its name says."""
    if source.endpoint is None or (offer := source.offer(model)) is None or not offer.speech_to_speech:
        return False
    return offer in source.offers or source.endpoint.is_openai
