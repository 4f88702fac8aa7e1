"""How many tokens a picture takes that is made, for what is to be reserved: as OpenAI documents it under “Image generation”."""

from __future__ import annotations

import re

_BY_QUALITY = {"low": (272, 408, 400), "medium": (1056, 1584, 1568), "high": (4160, 6240, 6208)}
"""Of 1024 × 1024, 1024 × 1536 and 1536 × 1024 pixels."""
_SQUARE_PIXELS = 1024 * 1024
_NEWER = re.compile(r"(?:.*/)?gpt-image-(?:[2-9]|\d\d)", re.I)
NEWER_TAKE = 2
"""So many times as much at most: those since gpt-image-2 count otherwise, and only their bill says how."""
MOST_QUALITY = {"xhigh": "high", "max": "high"}


def estimated(model: str, size: str, quality: str) -> int:
    """Of one picture. What is left to the model is taken to be large and, for want of better knowledge, of medium quality."""
    counts = _BY_QUALITY[MOST_QUALITY.get(quality, quality) if quality in (*_BY_QUALITY, *MOST_QUALITY) else "medium"]
    return _of_size(counts, size) * (NEWER_TAKE if _NEWER.match(model) else 1)


def _of_size(counts: tuple[int, int, int], size: str) -> int:
    width, _, height = size.partition("x")
    if not (width.isdecimal() and height.isdecimal()):
        return max(counts)
    pixels = int(width) * int(height)
    if pixels <= _SQUARE_PIXELS:
        return counts[0]
    return max(counts) * max(1, -(-pixels // (_SQUARE_PIXELS * 3 // 2)))
