"""What was read of JSON or YAML, as values that can be walked through, printed and stored."""

from __future__ import annotations

from typing import Any

MAX_DEPTH = 100
"""Of lists and objects. Python reads deeper ones, and then can't walk through them."""


def as_json(value: Any, depth: int = 0) -> Any:
    """The same as JSON would have it: YAML has dates, sets and keys of any kind. NUL goes, and halves of a surrogate pair become question
    marks. RecursionError where it is nested too deep.
    """
    if depth > MAX_DEPTH:
        raise RecursionError
    if isinstance(value, str):
        return value.replace("\0", "").encode("utf-8", "replace").decode()
    if isinstance(value, dict):
        return {as_json(str(name)): as_json(one, depth + 1) for name, one in value.items()}
    if isinstance(value, list | tuple | set):
        return [as_json(one, depth + 1) for one in value]
    return value if value is None or isinstance(value, bool | int | float) else str(value)
