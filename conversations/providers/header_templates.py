"""Headers with names of a request's things in them, such as “{{ conversation }}”, by which gateways tell users and conversations apart."""

import re
from collections.abc import Iterable, Mapping
from functools import lru_cache

from .identity import pseudonym
from .request import Request

NAMES = ("user", "conversation", "prompt", "version", "attempt")
"""What may be named: a hash of the user's id, the conversation's id, the prompt's slug and its version's number, the id of this attempt.
Nothing that a user wrote."""
_PLACE = re.compile(r"\{\{\s*(.*?)\s*\}\}")

Headers = tuple[tuple[str, str], ...]


def unknown(value: str) -> list[str]:
    """What stands between braces in a header's value, and is no name that we know."""
    return [name for name in _PLACE.findall(value) if name not in NAMES]


@lru_cache(maxsize=64)
def split(headers: Headers) -> tuple[Headers, Headers]:
    """Those that are the same with every request, and those that aren't."""
    changing = tuple(header for header in headers if _PLACE.search(header[1]))
    return tuple(header for header in headers if header not in changing), changing


def filled(templates: Iterable[tuple[str, str]], request: Request) -> dict[str, str]:
    """The headers for this request. One that names what the request doesn't have is left out."""
    values = {**request.about, "user": pseudonym(request.user) if request.user else ""}
    return {name: text for name, value in templates if (text := _text(value, values))}


def _text(template: str, values: Mapping[str, str]) -> str:
    if not all(values.get(name) for name in _PLACE.findall(template)):
        return ""
    return _PLACE.sub(lambda place: values[place[1]], template)
