"""The files of messages, as a model is given them: as they are where it takes them so, else as text, and as much as there is room for."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping, Sequence
from copy import copy
from typing import Any, Literal, NamedTuple

from conversations.models import File, FileKind, FileState
from conversations.providers.request import Turn, TurnFile
from conversations.usage.ledger.token_estimate import tokens_read

from . import quoted_files, whole_files
from .left_out import LeftOut
from .whole_files import Takes

MAX_BYTES = 20 * 1024 * 1024
"""Of all files in a request. They grow by a third as they are sent."""


class Said(NamedTuple):
    """A message, and by its id each file that it holds."""

    role: Literal["user", "assistant"]
    text: str
    parts: Sequence[dict[str, Any]]
    files: Mapping[str, File]

    @property
    def file_parts(self) -> list[dict[str, Any]]:
        return [part for part in self.parts if "file" in part]


class Room(NamedTuple):
    tokens: int
    bytes: int = MAX_BYTES

    def after(self, turn: Turn) -> Room:
        """What is left of it beside this turn."""
        return Room(self.tokens - tokens(turn), self.bytes - sum(file.size for file in turn.files))

    def without(self, count: int) -> Room:
        """So many tokens less."""
        return self._replace(tokens=self.tokens - count)


def tokens(turn: Turn) -> int:
    """Estimated, of text, files and calls."""
    called = sum(tokens_read(f"{call.name}{call.arguments}") for call in turn.calls)
    return tokens_read(turn.text) + sum(file.tokens for file in turn.files) + called


def stored(parts: Iterable[Sequence[dict[str, Any]]], owner_id: uuid.UUID) -> dict[str, File]:
    """By its id: each file of messages with these parts, without its text. Asks the database where there are some."""
    wanted = {part["file"] for one in parts for part in one if "file" in part}
    if not wanted:
        return {}
    found = File.objects.filter(pk__in=wanted, owner=owner_id, state__in=(FileState.READY, FileState.NO_TEXT)).defer("text")
    return {str(file.pk): file for file in found}


def turn(said: Said, room: Room, takes: Takes, left_out: LeftOut) -> Turn:
    """A message's turn: its text, and before it what there is room for of its files. Reads documents' texts from the database."""
    given: list[TurnFile] = []
    notices: list[str] = []
    documents: list[tuple[str, File]] = []
    left = room.after(Turn(said.role, said.text))
    for part in said.file_parts:
        name, file = str(part.get("name", "")), said.files.get(str(part["file"]))
        whole = whole_files.of(name, file, takes) if file is not None else None
        if file is not None and _is_off(file, takes):
            left_out.switched_off()
            notices.append(quoted_files.notice(name, "is not given: that is switched off here"))
            left = left.without(tokens_read(notices[-1]))
        elif whole is not None and whole.tokens <= left.tokens and whole.size <= left.bytes:
            given.append(whole)
            left_out.given(file.pages if file is not None else None)
            left = Room(left.tokens - whole.tokens, left.bytes - whole.size)
        elif file is not None and file.kind != FileKind.IMAGE:
            documents.append((name, file))
        elif file is not None and not takes.images and part.get("recognised"):
            notices.append(quoted_files.notice(name, "is not shown, for you take no images, but its text was recognised"))
            left = left.without(tokens_read(notices[-1]))
            documents.append((name, _as_text(file, part["recognised"])))
        else:
            notices.append(_in_place(name, file, takes, left_out))
            left = left.without(tokens_read(notices[-1]))
    if takes.is_counted:
        given += _counted(documents, left)
        for _, file in documents:
            left_out.given(file.pages)
    else:
        notices += _documents(documents, left, left_out)
    return Turn(said.role, "\n\n".join(filter(None, [*notices, said.text])), tuple(given))


def tokens_around(said: Said) -> int:
    """What the files of a message take at most where nothing is given of them."""
    return sum(quoted_files.tokens_around(str(part.get("name", ""))) for part in said.file_parts)


def _is_off(file: File, takes: Takes) -> bool:
    """A picture that was made is no file that was attached."""
    return (file.kind == FileKind.IMAGE and "images" in takes.off) or ("files" in takes.off and not file.original)


def _as_text(image: File, tokens: int) -> File:
    """The image as a document with the text on it."""
    found = copy(image)
    found.tokens = tokens
    return found


def _in_place(name: str, file: File | None, takes: Takes, left_out: LeftOut) -> str:
    """Of an image that isn't shown, or a file that was deleted."""
    if file is None:
        return quoted_files.notice(name, "is not there any more")
    left_out.image(unseen=not takes.images)
    return quoted_files.notice(name, "is not shown: " + ("there is no room for it" if takes.images else "you take no images"))


def _counted(documents: list[tuple[str, File]], left: Room) -> list[TurnFile]:
    """What the documents' texts will take, which aren't read for that."""
    shares = _shares([file.tokens + quoted_files.tokens_around(name) for name, file in documents], left.tokens)
    return [TurnFile("document", name, file.content_type, 0, share, bytes) for (name, file), share in zip(documents, shares, strict=True)]


def _documents(documents: list[tuple[str, File]], left: Room, left_out: LeftOut) -> list[str]:
    """Each as text, and as much of it as there is room for. Twice they share that: for what is read, and then for what it takes."""
    around = [quoted_files.tokens_around(name) for name, _ in documents]
    shares = _shares([file.tokens + more for (_, file), more in zip(documents, around, strict=True)], left.tokens)
    texts = quoted_files.texts([(file, share - more) for (_, file), share, more in zip(documents, shares, around, strict=True)])
    wanted = [(text.tokens if text.is_all else max(text.tokens, file.tokens)) for (_, file), text in zip(documents, texts, strict=True)]
    shares = _shares([count + more for count, more in zip(wanted, around, strict=True)], left.tokens)
    said = []
    for (name, file), text, share, more in zip(documents, texts, shares, around, strict=True):
        words, per_cent = quoted_files.document(name, text, share - more, file.tokens)
        if per_cent < 100:
            left_out.document(name, per_cent)
        if per_cent:
            left_out.given(file.pages)
        said.append(words)
    return said


def _shares(wanted: list[int], room: int) -> list[int]:
    """How many tokens each gets: what it wants, and where that is too much the same for all that want more."""
    shares, left = [0] * len(wanted), room
    for waiting, index in enumerate(sorted(range(len(wanted)), key=wanted.__getitem__)):
        shares[index] = max(0, min(wanted[index], left // (len(wanted) - waiting)))
        left -= shares[index]
    return shares
