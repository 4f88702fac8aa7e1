"""When a provider says that it may be asked again: in its headers, in the fields of its error, or in the words of it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import datetime
from email.utils import parsedate_to_datetime
from time import time
from typing import Any, Final

_DURATION = r"(?:\d+(?:\.\d+)?\s*(?:ms|milliseconds?|s|secs?|seconds?|m|mins?|minutes?|h|hrs?|hours?|d|days?)(?![a-z])[\s,]*(?:and\s+)?)+"
_TOLD = re.compile(
    rf"(?:try again|retry|retrying|available again|reset(?:s|ting)?|wait|back off|come back)(?:\s+\w+){{0,3}}?\s+(?P<duration>{_DURATION})"
    rf"|(?:try again|retry|resets?)\s+(?:in|after)\s+(?P<number>\d+(?:\.\d+)?)(?!\w|\.\d)",
    re.I,
)
_PIECE = re.compile(r"(\d+(?:\.\d+)?)\s*([a-z]+)", re.I)
_SECONDS: Final = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0}
_FIELDS = (
    "retryDelay",
    "retry_delay",
    "retry_after_seconds",
    "retry_after",
    "retryAfter",
    "retry-after",
    "reset_in_seconds",
    "reset_seconds",
)
_RESETS = re.compile(r"(?:x-|anthropic-)?ratelimit-(?:(?:requests|tokens|input-tokens|output-tokens)-)?reset(?:-[\w-]+)?", re.I)
_EPOCH = 1e9
"""Numbers from here on are times since 1970, those below are durations."""
_DEEPEST = 6
_LONGEST_TEXT = 4000
_LONGEST_FIELD = 100
LONGEST_SECONDS: Final = 366 * 86_400.0
"""What is said beyond that, infinity included, is no time to wait for."""


def retry_after_seconds(headers: Mapping[str, str], error: object = None, text: str = "") -> float | None:
    """From now. None where nothing says it.

    Retry-After (RFC 9110, section 10.2.3) and OpenAI's retry-after-ms count first, then the error's fields, such as Google's RetryInfo,
    then its words, then the headers that tell when limits are reset.
    """
    hints = (_by_retry_after(headers), _by_fields(error), _by_words(text), _by_resets(headers))
    seconds = next((seconds for seconds in hints if seconds is not None), None)
    return None if seconds is None else min(seconds, LONGEST_SECONDS)


def _by_retry_after(headers: Mapping[str, str]) -> float | None:
    try:
        if milliseconds := headers.get("retry-after-ms"):
            return max(0.0, float(milliseconds) / 1000)
        value = headers.get("retry-after", "")
        if value.replace(".", "", 1).isdigit():
            return max(0.0, float(value))
        return max(0.0, parsedate_to_datetime(value).timestamp() - time())
    except (ValueError, TypeError, OverflowError):
        return None


def _by_fields(error: object) -> float | None:
    objects = list(_objects(error))
    for fields in objects:
        for name in _FIELDS:
            if (seconds := _seconds(fields.get(name))) is not None:
                return seconds
    # What a gateway was told by the server behind it.
    nested = (fields["headers"] for fields in objects if isinstance(fields.get("headers"), dict))
    for headers in nested:
        lower = {str(name).lower(): str(value) for name, value in headers.items()}
        if (seconds := retry_after_seconds(lower)) is not None:
            return seconds
    return None


def _objects(value: object, depth: int = 0) -> Iterator[dict[str, Any]]:
    if depth > _DEEPEST:
        return
    if isinstance(value, dict):
        yield value
        for inner in value.values():
            yield from _objects(inner, depth + 1)
    elif isinstance(value, list):
        for inner in value:
            yield from _objects(inner, depth + 1)


def _by_words(text: str) -> float | None:
    found = _TOLD.search(text[:_LONGEST_TEXT])
    return None if found is None else _seconds(found["duration"] or found["number"])


def _by_resets(headers: Mapping[str, str]) -> float | None:
    """The latest reset of a limit of which nothing remains, or of all where none says what remains."""
    resets = {name.lower(): value for name, value in headers.items() if _RESETS.fullmatch(name)}
    used_up = {name: value for name, value in resets.items() if headers.get(name.replace("reset", "remaining")) in ("0", "0.0")}
    told = any(headers.get(name.replace("reset", "remaining")) for name in resets)
    seconds = [_seconds(value) for value in (used_up if told else resets).values()]
    return max((each for each in seconds if each is not None), default=None)


def _seconds(value: object) -> float | None:
    """Of a number of seconds, of a time since 1970 in seconds or milliseconds, of an RFC 3339 time, or of words such as 1m2.5s."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    text = str(value).strip()
    if len(text) > _LONGEST_FIELD:
        return None
    try:
        number = float(text)
    except ValueError:
        pieces = _PIECE.findall(text)
        if pieces and re.fullmatch(_DURATION, text.rstrip(" ,."), re.I):
            return sum(float(amount) * _unit(word.lower()) for amount, word in pieces)
        try:
            number = datetime.fromisoformat(text).timestamp()
        except (ValueError, OverflowError, OSError):
            return None
    if not 0 <= number < _EPOCH * 10_000:
        return None
    if number >= _EPOCH:
        number = (number / 1000 if number >= _EPOCH * 1000 else number) - time()
    return max(0.0, number)


def _unit(word: str) -> float:
    return _SECONDS["ms"] if word.startswith(("ms", "milli")) else _SECONDS[word[0]]
