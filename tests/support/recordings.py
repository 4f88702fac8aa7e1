"""Recordings of tones, with silences between them."""

from __future__ import annotations

import io
import math
import struct
import wave

RATE = 8_000


def wav(*seconds: float) -> bytes:
    """A tone, a silence, a tone and so on, each of so many seconds."""
    samples: list[int] = []
    for number, length in enumerate(seconds):
        loudness = 0 if number % 2 else 12_000
        samples += [int(loudness * math.sin(2 * math.pi * 300 * at / RATE)) for at in range(int(length * RATE))]
    content = io.BytesIO()
    with wave.open(content, "wb") as file:
        file.setparams((1, 2, RATE, 0, "NONE", ""))
        file.writeframes(struct.pack(f"<{len(samples)}h", *samples))
    return content.getvalue()
