"""How many tokens a model counts for an image, as providers document it for their families of models."""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from functools import lru_cache, partial

Count = Callable[[int, int], int]


def estimated(model: str, width: int, height: int) -> int | None:
    """Tokens of an image of so many pixels; None where the model's family is unknown."""
    count = _count_of(model)
    return None if count is None else count(width, height)


@lru_cache(maxsize=256)
def _count_of(model: str) -> Count | None:
    name = model.rsplit("/", 1)[-1].lower()
    return next((count for pattern, count in _FAMILIES if pattern.match(name)), None)


def _fitted(width: float, height: float, longest: float) -> tuple[float, float]:
    """Made smaller, where a side is longer than that."""
    scale = min(1.0, longest / max(width, height))
    return width * scale, height * scale


def _tiles(base: int, tile: int, width: int, height: int) -> int:
    """OpenAI's elder models: squares of 512 pixels, of an image whose shorter side has at most 768."""
    wide, high = _fitted(width, height, 2048)
    scale = min(1.0, 768 / min(wide, high))
    return base + tile * math.ceil(wide * scale / 512) * math.ceil(high * scale / 512)


def _patches(most: int, per_patch: float, width: int, height: int) -> int:
    """OpenAI's later models: squares of 32 pixels, at most so many of them."""
    return math.ceil(min(most, math.ceil(width / 32) * math.ceil(height / 32)) * per_patch)


def _area(longest: int, most: int, width: int, height: int) -> int:
    """Anthropic's models: a token for 750 pixels."""
    wide, high = _fitted(width, height, longest)
    return min(most, math.ceil(wide * high / 750))


def _crops(width: int, height: int) -> int:
    """Gemini 1.5 to 2.5: a small image is one crop, others are cut into some of 768 pixels."""
    return 258 * (1 if max(width, height) <= 384 else math.ceil(width / 768) * math.ceil(height / 768))


def _merged(pixels: int, width: int, height: int) -> int:
    """Models of the Qwen-VL family: as large as it comes."""
    return math.ceil(width / pixels) * math.ceil(height / pixels) + 2


# The first that fits counts. Names are given without a maker's prefix, in lower case.
# https://platform.openai.com/docs/guides/images-vision, https://platform.claude.com/docs/en/build-with-claude/vision,
# https://ai.google.dev/gemini-api/docs/tokens and …/media-resolution, https://github.com/QwenLM/Qwen3-VL
_FAMILIES: tuple[tuple[re.Pattern[str], Count], ...] = tuple(
    (re.compile(rf"\A(?:{pattern})"), count)
    for pattern, count in (
        (r"gpt-4o-mini", partial(_tiles, 2833, 5667)),
        (r"gpt-(4\.1|[5-9](\.\d+)?)-nano", partial(_patches, 1536, 2.46)),
        (r"gpt-(4\.1|[5-9](\.\d+)?)-mini", partial(_patches, 1536, 1.62)),
        (r"o4-mini", partial(_patches, 1536, 1.72)),
        (r"(chat)?gpt-4(o|\.1|\.5|-turbo)", partial(_tiles, 85, 170)),
        (r"o[13]\b", partial(_tiles, 75, 150)),
        (r"gpt-5(?!\.)", partial(_tiles, 70, 140)),
        (r"gpt-5\.[1-3]\b", partial(_patches, 1536, 1.0)),
        (r"gpt-[5-9]", partial(_patches, 10_000, 1.0)),
        (r"claude-[a-z]+-(4[-.][7-9]|[5-9])\b", partial(_area, 2576, 4784)),
        (r"claude-", partial(_area, 1568, 1600)),
        (r"gemini-[12]\b", _crops),
        (r"gemini-", lambda _width, _height: 1120),
        (r"qwen-?3(\.\d+)?-?vl|qwen3\.[5-9]", partial(_merged, 32)),
        (r"qwen-?2(\.5)?-?vl|qwen-vl|qvq", partial(_merged, 28)),
    )
)
