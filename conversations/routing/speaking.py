"""Which model reads answers aloud."""

from __future__ import annotations

from django.conf import settings

from .audio_models import AudioModels

USUAL_AT_OPENAI = "gpt-4o-mini-tts"

_models = AudioModels(
    does_it=lambda offer: offer.speaks,
    is_allowed=lambda: settings.READ_ALOUD,
    named=lambda: settings.SPEECH_MODEL,
    usual_at_openai=USUAL_AT_OPENAI,
)
model, has = _models.model, _models.has
