"""A text with all that it names put in. Pure: it reaches nothing but what it is given, and what was put in is never read again."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import Literal, NamedTuple

from .fragments import MAX_DEPTH, Library
from .syntax import Broken, Include, Name, Piece, Words, pieces, place

MAX_CHARACTERS = 400_000
"""Of a whole text. Fragments of fragments multiply."""

MAX_PROBLEMS = 50


class Problem(NamedTuple):
    """Why a text can't be sent. In a fragment, the line and the column are those of the text that includes it."""

    line: int
    column: int
    sentence: str

    def __str__(self) -> str:
        return f"Line {self.line}, column {self.column}: {self.sentence}"


class NotFilled(Exception):
    def __init__(self, problems: list[Problem]) -> None:
        super().__init__(" ".join(map(str, problems)))
        self.problems = problems


class Part(NamedTuple):
    """A stretch of the whole text, and where it comes from."""

    source: Literal["text", "variable", "fragment"]
    label: str
    text: str


def problems(text: str, names: Collection[str], library: Library) -> list[Problem]:
    """Everything in the text that can't be filled in with these names and fragments."""
    found: list[Problem] = []
    room = _Room()
    for piece in pieces(text):
        try:
            _check(piece, names, library, (), room)
        except _Refused as refused:
            found.append(Problem(*place(text, getattr(piece, "at", 0)), str(refused)))
            if len(found) == MAX_PROBLEMS or room.is_full:
                break
    return found


def parts(text: str, values: Mapping[str, str], library: Library) -> list[Part]:
    """The whole text, cut where something was put in. NotFilled, with the first problem, where it can't be."""
    found: list[Part] = []
    room = _Room()
    for piece in pieces(text):
        try:
            said = "".join(_expanded(piece, values, library, (), room))
        except _Refused as refused:
            raise NotFilled([Problem(*place(text, getattr(piece, "at", 0)), str(refused))]) from refused
        match piece:
            case Words():
                found.append(Part("text", "", said))
            case Name(name):
                found.append(Part("variable", name, said))
            case Include(fragment, number):
                found.append(Part("fragment", f"{fragment} v{library[fragment, number].number}", said))
    return found


def filled(text: str, values: Mapping[str, str], library: Library) -> str:
    """As `parts`, in one."""
    return "".join(part.text for part in parts(text, values, library))


class _Refused(Exception):
    pass


class _Room:
    """Characters that a text may still get. What is put in counts at least one, for fragments of nothing multiply as well."""

    def __init__(self) -> None:
        self._left = MAX_CHARACTERS

    @property
    def is_full(self) -> bool:
        return self._left < 0

    def take(self, text: str) -> str:
        self._left -= len(text) or 1
        if self._left < 0:
            raise _Refused(f"With all that is put in, the text has more than {MAX_CHARACTERS:,} characters.")
        return text


_BROKEN = "These braces name nothing: write \\{{ to have them sent as they are."


def _unknown(name: str, path: tuple[str, ...]) -> str:
    where = f" (in the fragment “{path[-1]}”)" if path else ""
    return f"There is no variable “{name}”{where}: declare it, or write \\{{{{ to have braces sent as they are."


def _text_of(piece: Include, library: Library, path: tuple[str, ...]) -> str:
    if piece.fragment in path:
        raise _Refused(f"The fragment “{piece.fragment}” includes itself: {' → '.join((*path, piece.fragment))}.")
    if len(path) >= MAX_DEPTH:
        raise _Refused(f"Fragments in fragments go {MAX_DEPTH} deep at most: {' → '.join((*path, piece.fragment))}.")
    if (found := library.get((piece.fragment, piece.number))) is None:
        if piece.number is not None:
            version = f"“{piece.fragment}” with a version {piece.number}"
            raise _Refused(f"There is no fragment {version}. Without a number its current version is meant.")
        raise _Refused(f"There is no fragment “{piece.fragment}”. Add it under Fragments, or write \\{{{{ to have braces sent as they are.")
    return found.text


def _expanded(piece: Piece, values: Mapping[str, str], library: Library, path: tuple[str, ...], room: _Room) -> Iterator[str]:
    match piece:
        case Words(text):
            yield room.take(text)
        case Name(name):
            if name not in values:
                raise _Refused(_unknown(name, path))
            yield room.take(values[name])
        case Include():
            room.take("")
            for inner in pieces(_text_of(piece, library, path)):
                yield from _expanded(inner, values, library, (*path, piece.fragment), room)
        case Broken():
            raise _Refused(_BROKEN)


def _check(piece: Piece, names: Collection[str], library: Library, path: tuple[str, ...], room: _Room) -> None:
    match piece:
        case Words(text):
            room.take(text)
        case Name(name):
            room.take("")
            if name not in names:
                raise _Refused(_unknown(name, path))
        case Include():
            room.take("")
            for inner in pieces(_text_of(piece, library, path)):
                _check(inner, names, library, (*path, piece.fragment), room)
        case Broken():
            raise _Refused(_BROKEN)
