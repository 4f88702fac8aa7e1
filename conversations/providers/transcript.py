"""The text of a recording, as servers tell it, and what it took."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

LARGEST_COUNT = 2**31 - 1
"""Tokens; columns hold no more."""


class Segment(NamedTuple):
    """What was said from this time on, in seconds from the beginning, and by whom, where the model tells speakers apart."""

    begins: float
    text: str
    speaker: str = ""


class Transcript(NamedTuple):
    """`text` is empty where nothing was understood. What it took is told in tokens, in seconds, or not at all."""

    text: str
    input_tokens: int | None = None
    audio_tokens: int | None = None
    """Of the input."""
    output_tokens: int | None = None
    seconds: float | None = None
    """Of audio."""
    request_id: str | None = None
    segments: tuple[Segment, ...] = ()
    """All of the text, with its times; empty where they aren't known."""


def read(document: Mapping[str, Any]) -> Transcript:
    """Its text and what it took, of a document or of the event with which a stream of one ends."""
    text = found if isinstance(found := document.get("text"), str) else ""
    usage: dict[str, Any] = found if isinstance(found := document.get("usage"), dict) else {}
    details: dict[str, Any] = found if isinstance(found := usage.get("input_token_details"), dict) else {}
    return Transcript(
        text.strip(),
        _count(usage.get("input_tokens")),
        _count(details.get("audio_tokens")),
        _count(usage.get("output_tokens")),
        _duration(usage.get("seconds", document.get("duration"))),
        segments=_segments(document.get("segments")),
    )


def _segments(told: object) -> tuple[Segment, ...]:
    """Empty where they aren't as they should be: the text is there all the same."""
    found = []
    for one in told if isinstance(told, list) else []:
        begins = _duration(one.get("start")) if isinstance(one, dict) else None
        if begins is None or not isinstance(one.get("text"), str):
            return ()
        speaker = one.get("speaker")
        if text := one["text"].strip():
            found.append(Segment(begins, text, speaker[:100] if isinstance(speaker, str) else ""))
    return tuple(found)


def _duration(told: object) -> float | None:
    return float(told) if isinstance(told, int | float) and not isinstance(told, bool) and 0 <= told <= LARGEST_COUNT else None


def _count(told: object) -> int | None:
    return told if type(told) is int and 0 <= told <= LARGEST_COUNT else None
