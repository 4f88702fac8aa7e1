"""The events of the Realtime API that are sent, and what is read of those that come: https://platform.openai.com/docs/api-reference/realtime.

Servers that follow its beta name some events otherwise: both names are read.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterable
from typing import Any, NamedTuple

from .request import Turn

Event = dict[str, Any]

RATE = 24_000
"""Samples a second, of 16 bits each, little-endian and mono: what all servers take and send."""
BYTES_PER_SECOND = 2 * RATE
MOST_OUTPUT_TOKENS = 4096
"""Of one response: the API takes no higher number."""
VOICES = ("alloy", "ash", "ballad", "cedar", "coral", "echo", "marin", "sage", "shimmer", "verse")

TEXT_DELTAS = (
    "response.output_audio_transcript.delta",
    "response.audio_transcript.delta",
    "response.output_text.delta",
    "response.text.delta",
)
SOUND_DELTAS = ("response.output_audio.delta", "response.audio.delta")
HEARD = "conversation.item.input_audio_transcription."


class Usage(NamedTuple):
    """What a response took: audio is part of input and output, cached audio part of what is cached."""

    input: int | None
    cached: int | None
    output: int | None
    audio_input: int = 0
    audio_cached: int = 0
    audio_output: int = 0


class Heard(NamedTuple):
    """What transcribing took, as its model counts: by the token or by the second."""

    input: int | None = None
    output: int | None = None
    audio_input: int | None = None
    seconds: float | None = None


def session(instructions: str, voice: str, transcriber: str) -> Event:
    """Each answer is asked for by itself, once it has its place in the conversation: so no response is made by the server's own decision.

    Who speaks while one is made interrupts it.
    """
    pcm = {"type": "audio/pcm", "rate": RATE}
    turns = {"type": "server_vad", "create_response": False, "interrupt_response": True, "silence_duration_ms": 600}
    output = {"format": pcm, **({"voice": voice} if voice else {})}
    heard = {"format": pcm, "turn_detection": turns, **({"transcription": {"model": transcriber}} if transcriber else {})}
    audio = {"input": heard, "output": output}
    about = {"type": "realtime", "output_modalities": ["audio"], "instructions": instructions, "audio": audio}
    return {"type": "session.update", "event_id": "session", "session": about}


def items(turns: Iterable[Turn]) -> list[Event]:
    return [item(turn.role, turn.text) for turn in turns if turn.text.strip()]


def item(role: str, text: str) -> Event:
    kind = "output_text" if role == "assistant" else "input_text"
    said = {"type": "message", "role": role, "content": [{"type": kind, "text": text}]}
    return {"type": "conversation.item.create", "item": said}


def said_item(sound: bytes) -> Event:
    """What the user said, as it was."""
    content = [{"type": "input_audio", "audio": base64.b64encode(sound).decode()}]
    return {"type": "conversation.item.create", "item": {"type": "message", "role": "user", "content": content}}


def append(sound: bytes) -> Event:
    return {"type": "input_audio_buffer.append", "audio": base64.b64encode(sound).decode()}


def respond(key: str, most_tokens: int) -> Event:
    return {"type": "response.create", "event_id": key, "response": {"max_output_tokens": min(MOST_OUTPUT_TOKENS, most_tokens)}}


def truncate(item_id: str, milliseconds: int) -> Event:
    return {"type": "conversation.item.truncate", "item_id": item_id, "content_index": 0, "audio_end_ms": milliseconds}


def sound_of(event: Event) -> bytes:
    """Empty where it is none."""
    try:
        return base64.b64decode(str(event.get("delta") or ""), validate=True)
    except (binascii.Error, ValueError):
        return b""


def usage_of(response: Event) -> Usage | None:
    """None where the server doesn't tell, or tells that it took nothing, which no answer does."""
    found = response.get("usage")
    if not isinstance(found, dict) or not (_count(found, "input_tokens") and _count(found, "output_tokens") is not None):
        return None
    read, made = _mapping(found.get("input_token_details")), _mapping(found.get("output_token_details"))
    cached = _mapping(read.get("cached_tokens_details"))
    return Usage(
        _count(found, "input_tokens"),
        _count(read, "cached_tokens"),
        _count(found, "output_tokens"),
        _count(read, "audio_tokens") or 0,
        _count(cached, "audio_tokens") or 0,
        _count(made, "audio_tokens") or 0,
    )


def heard_usage(event: Event) -> Heard:
    found = _mapping(event.get("usage"))
    seconds = found.get("seconds")
    audio = _count(_mapping(found.get("input_token_details")), "audio_tokens")
    told = float(seconds) if isinstance(seconds, int | float) and 0 <= seconds < 1e6 else None
    return Heard(_count(found, "input_tokens"), _count(found, "output_tokens"), audio, told)


def text(event: Event, name: str) -> str:
    value = event.get(name)
    return value if isinstance(value, str) else ""


def _mapping(value: object) -> Event:
    return value if isinstance(value, dict) else {}


def _count(fields: Event, name: str) -> int | None:
    value = fields.get(name)
    return value if isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 10**9 else None
