"""Which model makes text of what users say."""

from __future__ import annotations

from django.conf import settings

from .audio_models import AudioModels

USUAL_AT_OPENAI = "gpt-transcribe"

_models = AudioModels(
    does_it=lambda offer: offer.transcribes,
    is_allowed=lambda: settings.DICTATION,
    named=lambda: settings.TRANSCRIPTION_MODEL,
    usual_at_openai=USUAL_AT_OPENAI,
)
model, has = _models.model, _models.has
