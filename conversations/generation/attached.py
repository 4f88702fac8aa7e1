"""The files of messages, as a model is given them: as they are where it takes them so, else as text, and as much as there is room for."""

from __future__ import annotations

import re
import uuid
from collections.abc import Iterable, Mapping, Sequence
from functools import partial
from html import escape
from typing import Any, Literal, NamedTuple

from conversations.models import File, FileKind, FileState, files_storage
from conversations.providers.request import Turn, TurnFile
from conversations.usage.ledger.token_estimate import BYTES_PER_TOKEN, tokens_read

MAX_BYTES = 20 * 1024 * 1024
"""Of all files in a request. They grow by a third as they are sent."""
NOTICE_TOKENS = 48
"""What stands in place of a file, and around its text."""
LEAST_TOKENS = 64
"""Less of a document says nothing."""
TOKENS_PER_PAGE = 800
"""Of a PDF that is given as it is: OpenAI shows its pages to the model, too."""
PDF = "application/pdf"
_NOTE = re.compile(r"(?:\A| )The model (?:wasn’t shown|was given only the first|was given nothing of) .*", re.DOTALL)
_CLOSING = re.compile(r"<(?=\s*/\s*file\b)", re.IGNORECASE)


class Takes(NamedTuple):
    """What a model is given as it is."""

    images: bool = True
    documents: bool = False


SEES = Takes()


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


class LeftOut:
    """What a model isn't given of a conversation's files, to be told to the user."""

    def __init__(self) -> None:
        self._images = self._unseen = 0
        self._documents: list[str] = []

    @property
    def note(self) -> str:
        """Sentences, or nothing."""
        said = [
            f"The model wasn’t shown {_images(self._images)}: there was no room for {_them(self._images)}." if self._images else "",
            f"The model wasn’t shown {_images(self._unseen)}, for it takes none." if self._unseen else "",
            *self._documents,
        ]
        return " ".join(filter(None, said))

    def image(self, *, unseen: bool) -> None:
        if unseen:
            self._unseen += 1
        else:
            self._images += 1

    def document(self, name: str, per_cent: int) -> None:
        """`per_cent` of it were given."""
        what = f"only the first {per_cent} % of “{name}”" if per_cent else f"nothing of “{name}”"
        self._documents.append(f"The model was given {what}: there was no room for more.")


def without_note(note: str) -> str:
    """What else the user is told of an answer than `LeftOut.note`, which comes last: the next attempt may be given more, or less."""
    return _NOTE.sub("", note)


def _images(count: int) -> str:
    return "an image" if count == 1 else f"{count} images"


def _them(count: int) -> str:
    return "it" if count == 1 else "them"


def tokens(turn: Turn) -> int:
    """Estimated, of text and files."""
    return tokens_read(turn.text) + sum(file.tokens for file in turn.files)


def stored(parts: Iterable[Sequence[dict[str, Any]]], owner_id: uuid.UUID) -> dict[str, File]:
    """By its id: each file of messages with these parts, without its text. Asks the database where there are some."""
    wanted = {part["file"] for one in parts for part in one if "file" in part}
    if not wanted:
        return {}
    found = File.objects.filter(pk__in=wanted, owner=owner_id, state=FileState.READY).defer("text")
    return {str(file.pk): file for file in found}


def turn(said: Said, room: Room, takes: Takes, left_out: LeftOut) -> Turn:
    """A message's turn: its text, and before it what there is room for of its files. Reads documents' texts from the database."""
    given: list[TurnFile] = []
    notices: list[str] = []
    documents: list[tuple[str, File]] = []
    left = room.after(Turn(said.role, said.text))
    for part in said.file_parts:
        name, file = str(part.get("name", "")), said.files.get(str(part["file"]))
        if file is None:
            notices.append(_notice(name, "is not there any more"))
        elif (whole := _whole(name, file, takes)) is not None and whole.tokens <= left.tokens and whole.size <= left.bytes:
            given.append(whole)
            left = Room(left.tokens - whole.tokens, left.bytes - whole.size)
        elif file.kind == FileKind.IMAGE:
            left_out.image(unseen=not takes.images)
            notices.append(_notice(name, "is not shown: " + ("there is no room for it" if takes.images else "you take no images")))
        else:
            documents.append((name, file))
    texts = _texts([file for _, file in documents])
    sizes = _shares([tokens_read(text) + NOTICE_TOKENS for text in texts], left.tokens)
    notices += [_document(name, text, size, left_out) for (name, _), text, size in zip(documents, texts, sizes, strict=True)]
    return Turn(said.role, "\n\n".join(filter(None, [*notices, said.text])), tuple(given))


def _whole(name: str, file: File, takes: Takes) -> TurnFile | None:
    """The file as it is sent where it is sent as it is."""
    read = partial(_read, str(file.content.name))
    if file.kind == FileKind.IMAGE:
        return TurnFile("image", name, file.content_type, file.size, file.tokens, read) if takes.images else None
    if not takes.documents or file.content_type != PDF:
        return None
    return TurnFile("document", name, file.content_type, file.size, file.tokens + (file.pages or 1) * TOKENS_PER_PAGE, read)


def _read(name: str) -> bytes:
    with files_storage().open(name) as content:
        return bytes(content.read())


def _shares(wanted: list[int], room: int) -> list[int]:
    """How many tokens each gets: what it wants, and where that is too much the same for all that want more."""
    shares, left = [0] * len(wanted), room
    for waiting, index in enumerate(sorted(range(len(wanted)), key=wanted.__getitem__)):
        shares[index] = max(0, min(wanted[index], left // (len(wanted) - waiting)))
        left -= shares[index]
    return shares


def _texts(documents: list[File]) -> list[str]:
    """What was read in each of them."""
    if not documents:
        return []
    found = dict(File.objects.filter(pk__in=[file.pk for file in documents]).values_list("pk", "text"))
    return [found.get(file.pk, "") for file in documents]


def _document(name: str, text: str, room: int, left_out: LeftOut) -> str:
    """Its text as part of the turn's, of at most so many tokens."""
    if not text.strip():
        return _notice(name, "holds no text that could be read")
    content, most = text.encode("utf-8", "replace"), (room - NOTICE_TOKENS) * BYTES_PER_TOKEN
    if len(content) <= most:
        return _quoted(name, text)
    per_cent = most * 100 // len(content)
    if room < LEAST_TOKENS or not per_cent:
        left_out.document(name, 0)
        return _notice(name, "is left out: there is no room for it")
    left_out.document(name, per_cent)
    return f"{_quoted(name, content[:most].decode('utf-8', 'ignore'))}\n{_notice(name, f'is cut: only its first {per_cent} % fit')}"


def _quoted(name: str, text: str) -> str:
    """Whatever the file says, it can't say where it ends."""
    return f'<file name="{escape(name)}">\n{_CLOSING.sub("&lt;", text)}\n</file>'


def _notice(name: str, what: str) -> str:
    return f"[The file “{name}” {what}.]"
