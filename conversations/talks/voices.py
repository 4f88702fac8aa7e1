"""In which voice a talk is answered."""

from __future__ import annotations

from django.conf import settings

from conversations.providers.realtime_events import VOICES


def fitting(voice: str, *, is_openai: bool) -> str:
    """The prompt's, where the model may have it: OpenAI's Realtime API has fewer voices than what reads aloud, and refuses the others.

    Else the site's; "" is the provider's own.
    """
    return voice if voice and (voice in VOICES or not is_openai) else settings.REALTIME_VOICE
