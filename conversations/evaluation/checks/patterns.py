"""Regular expressions in time that grows with the text alone: those of Rust, as pydantic has them, know no backtracking."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Any

from .bounds import InvalidCheck

MAX_PATTERN_CHARACTERS = 2000
MAX_REPEATS = 1000
"""Each repeat of a part is a state more, and a text is read once for each state at worst."""
_REPEAT = re.compile(r"([)}]?)\s*\{\s*(\d+)\s*(?:,\s*(\d*)\s*)?\}")


def _repeats(pattern: str) -> int:
    """How often its parts are repeated in braces, at most: those of a part add up, those of a group multiply."""
    parts, groups, at = 0, 1, 0
    while found := _REPEAT.search(pattern, at):
        times = max(int(found[2]), int(found[3] or 0), 1)
        parts, groups = (parts, groups * times) if found[1] else (parts + times, groups)
        at = found.end() - 1  # another repeat may follow its brace
    return max(1, parts) * groups


@lru_cache(maxsize=256)
def compiled(pattern: str) -> Any:
    """Raises InvalidCheck where it is no regular expression of this kind."""
    from pydantic_core import SchemaError, SchemaValidator, core_schema  # here, for it takes long to load

    if not pattern or len(pattern) > MAX_PATTERN_CHARACTERS:
        raise InvalidCheck(f"A regular expression has 1 to {MAX_PATTERN_CHARACTERS:,} characters.")
    if _repeats(pattern) > MAX_REPEATS:
        raise InvalidCheck(f"This regular expression can’t be used: in braces it repeats more than {MAX_REPEATS:,} times in all.")
    try:
        return SchemaValidator(core_schema.str_schema(pattern=pattern, regex_engine="rust-regex"))
    except SchemaError as error:
        said = [line.strip() for line in str(error).splitlines() if line.strip()]
        raise InvalidCheck(f"This regular expression can’t be used: {said[-1].removeprefix('error: ')}") from error


def is_found(pattern: str, text: str) -> bool:
    """Whether some part of the text matches."""
    from pydantic_core import ValidationError

    try:
        compiled(pattern).validate_python(text)
    except ValidationError:
        return False
    return True
