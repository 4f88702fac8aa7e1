"""Pictures as answers hold them, in Base64. Large ones are decoded in a thread: ten megabytes take 30 ms, in which nothing else goes on."""

from __future__ import annotations

import asyncio
import base64
import binascii
from collections.abc import Sequence
from typing import NamedTuple

from .errors import ProviderError
from .parts import Part, Picture

LARGEST_EVENT = 96 * 1024 * 1024
"""Bytes, of an answer with pictures: ten large ones may come in one."""
LARGE_CHARACTERS = 256 * 1024
"""These take half a millisecond; going to a thread and back takes a tenth."""


class EncodedPicture(NamedTuple):
    """What Picture says of the rest."""

    encoded: object
    is_partial: bool = False
    description: str = ""


async def decoded(parts: Sequence[Part | EncodedPicture]) -> tuple[list[Part], ProviderError | None]:
    """The parts up to the first picture that can't be decoded, and the error where there is one."""
    found: list[Part] = []
    for part in parts:
        if not isinstance(part, EncodedPicture):
            found.append(part)
            continue
        is_large = isinstance(part.encoded, str) and len(part.encoded) > LARGE_CHARACTERS
        data = await asyncio.to_thread(_bytes, part.encoded) if is_large else _bytes(part.encoded)
        if not data:
            return found, ProviderError("provider", "The server sent a picture that can’t be decoded.")
        found.append(Picture(data, part.is_partial, part.description))
    return found, None


def _bytes(encoded: object) -> bytes:
    """Nothing where it isn't Base64 of something."""
    try:
        return base64.b64decode(encoded, validate=True) if isinstance(encoded, str) else b""
    except (binascii.Error, ValueError):
        return b""
