"""Whether plain values, typed or read from files, are what a prompt may hold. ValidationError says what is wrong in a sentence."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import ValidationError


def line(name: str, value: Any, most: int) -> str:
    """A text of one line, of at most so many characters."""
    if not isinstance(value, str):
        raise ValidationError(f"{name} is a text: put what isn’t read as one into quotation marks.")
    if any(character < " " or character == "\x7f" for character in value):
        raise ValidationError(f"{name} is one line, without control characters.")
    return _at_most(name, value, most)


def lines(name: str, value: Any, most: int, characters: int) -> list[str]:
    """A list of at most so many lines, none empty or there twice."""
    if not isinstance(value, list):
        raise ValidationError(f"{name} is a list: a line of “- …” for each.")
    if len(value) > most:
        raise ValidationError(f"{name} has {len(value)} entries; there may be at most {most}.")
    found = [line(f"An entry of {name}", one, characters) for one in value]
    if not all(one.strip() for one in found) or len(set(found)) < len(found):
        raise ValidationError(f"{name} has an empty entry, or one twice.")
    return found


def text(name: str, value: Any, most: int) -> str:
    """A text of any number of lines."""
    if not isinstance(value, str):
        raise ValidationError(f"{name} is a text: put what isn’t read as one into quotation marks.")
    return plain(_at_most(name, value, most))


def plain(text: str) -> str:
    """Without NUL, which PostgreSQL can't store, and with the line ends that were typed rather than those a browser sends."""
    return text.replace("\0", "").replace("\r\n", "\n").replace("\r", "\n")


def _at_most(name: str, value: str, most: int) -> str:
    if len(value) > most:
        raise ValidationError(f"{name} has {len(value):,} characters; at most {most:,} can be kept.")
    return value
