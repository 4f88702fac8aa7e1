"""How many tokens a model that hears counts for sound, as providers document it."""

from __future__ import annotations


def of(model: str, seconds: int) -> int:
    """Google: https://ai.google.dev/gemini-api/docs/audio. Others as OpenAI: https://platform.openai.com/docs/guides/realtime-costs."""
    name = model.rsplit("/", 1)[-1].lower()
    return (32 if name.startswith("gemini") else 10) * seconds
