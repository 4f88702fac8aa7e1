"""Files that a model is given as they are: which it takes so, and what that takes of its context."""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial
from typing import NamedTuple

from conversations.files import signed_addresses
from conversations.models import File, FileKind, files_storage
from conversations.providers import audio_tokens, image_tokens
from conversations.providers.file_parts import AUDIO_FORMATS
from conversations.providers.request import TurnFile

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


def of(name: str, file: File, takes: Takes) -> TurnFile | None:
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
