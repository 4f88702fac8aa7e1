"""Reads the fields of a request's body: each is what it should be, or the request is refused with its name."""

from __future__ import annotations

import math
import uuid
from collections.abc import Mapping
from typing import Any

from .errors import ApiError

Body = Mapping[str, Any]


def wrong(param: str, expected: str) -> ApiError:
    return ApiError(400, f"“{param}” must be {expected}.", param=param, code="invalid_value")


def text(body: Body, name: str, *, within: str = "", longest: int | None = None) -> str:
    """A text; the empty one where it is absent or null."""
    value = body.get(name)
    if value is None:
        return ""
    if not isinstance(value, str):
        raise wrong(within + name, "a text")
    if longest is not None and len(value) > longest:
        raise wrong(within + name, f"a text of at most {longest:,} characters")
    return value


def flag(body: Body, name: str) -> bool:
    value = body.get(name)
    if value is None:
        return False
    if not isinstance(value, bool):
        raise wrong(name, "true or false")
    return value


def number(body: Body, name: str, least: float, most: float) -> float | None:
    value = body.get(name)
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value) or not least <= value <= most:
        raise wrong(name, f"a number from {least:g} to {most:g}")
    return value


def whole_number(body: Body, name: str, least: int, most: int) -> int | None:
    value = body.get(name)
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= most:
        raise wrong(name, f"a whole number from {least:,} to {most:,}")
    return value


def identifier(body: Body, name: str) -> uuid.UUID:
    """A UUID, which has to be there."""
    try:
        return uuid.UUID(body.get(name))
    except (ValueError, TypeError, AttributeError):
        raise wrong(name, "a UUID") from None


def mapping(body: Body, name: str, *, within: str = "") -> dict[str, Any]:
    """An object; an empty one where it is absent or null."""
    value = body.get(name)
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise wrong(within + name, "an object")
    return value


def choice(body: Body, name: str, *among: str) -> str:
    """One of these words; the empty one where it is absent or null."""
    value = body.get(name)
    if value is None:
        return ""
    if value not in among:
        raise wrong(name, f"one of {', '.join(among)}")
    return str(value)
