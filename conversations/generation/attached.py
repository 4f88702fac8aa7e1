"""The files of messages, as a model is given them: as they are where it takes them so, else as text, and as much as there is room for."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping, Sequence
from copy import copy
from functools import partial
from typing import Any, Literal, NamedTuple

from conversations.files import signed_addresses
from conversations.models import File, FileKind, FileState, files_storage
from conversations.providers import audio_tokens, image_tokens
from conversations.providers.file_parts import AUDIO_FORMATS
from conversations.providers.request import Turn, TurnFile
from conversations.usage.ledger.token_estimate import tokens_read

from . import quoted_files
from .left_out import LeftOut

MAX_BYTES = 20 * 1024 * 1024
"""Of all files in a request. They grow by a third as they are sent."""
TOKENS_PER_PAGE = 800
"""Of a PDF that is given as it is: OpenAI shows its pages to the model, too."""
PDF = "application/pdf"
LEAST_BYTES_PER_SECOND = {"audio/wav": 16_000, "audio/mpeg": 4_000}
"""Of recordings whose length isn't known."""


class Takes(NamedTuple):
    """What a model is given as it is."""

    images: bool = True
    documents: bool = False
    sound: bool = False
    models: tuple[str, ...] = ()
    """Names of those that may be asked, by which images are counted: as the one counts them that counts most."""
    off: tuple[str, ...] = ()
    """Names of switches: what models are given nothing of here."""
    sent_as: str = "base64"
    """Or with an address where the provider finds them: see `FilesSentAs`."""
    addressed: tuple[str, ...] = ()
    """The kinds of files that the provider's API takes so."""
    is_counted: bool = False
    """What is given is only counted: documents' texts aren't read."""


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
        whole = _whole(name, file, takes) if file is not None else None
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


def _whole(name: str, file: File, takes: Takes) -> TurnFile | None:
    """The file as it is sent where it is sent as it is."""
    read = partial(_read, str(file.content.name))
    url = signed_addresses.of(file, takes.sent_as) if file.kind in takes.addressed and not takes.is_counted else ""
    if file.kind == FileKind.IMAGE:
        return TurnFile("image", name, file.content_type, file.size, _image_tokens(file, takes.models), read, url) if takes.images else None
    if file.kind == FileKind.AUDIO:
        if not takes.sound or file.content_type not in AUDIO_FORMATS:
            return None
        return TurnFile("audio", name, file.content_type, file.size, _sound_tokens(file, takes.models), read)
    if not takes.documents or file.content_type != PDF:
        return None
    return TurnFile("document", name, file.content_type, file.size, file.tokens + (file.pages or 1) * TOKENS_PER_PAGE, read, url)


def _image_tokens(file: File, models: Iterable[str]) -> int:
    """As the models count it, and where none is known as OpenAI's do."""
    counted = [image_tokens.estimated(model, file.width or 1, file.height or 1) for model in models]
    return max((file.tokens if count is None else count for count in counted), default=file.tokens)


def _sound_tokens(file: File, models: Iterable[str]) -> int:
    """As the model counts it that counts most."""
    seconds = file.seconds or file.size // LEAST_BYTES_PER_SECOND[file.content_type] + 1
    return max((audio_tokens.of(model, seconds) for model in models), default=audio_tokens.of("", seconds))


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
