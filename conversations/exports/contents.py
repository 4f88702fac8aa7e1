"""What goes into a download, in steps: each says whether it asks the database, or the storage of files, which must hold up nothing else."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from django.utils import timezone

from conversations.models import Conversation, User

from . import account, attached_files, json_document, markdown
from .attached_files import AttachedFiles
from .file_names import file_name
from .reading import in_order
from .zip_file import WrittenZip

EXTENSIONS = {"markdown": "md", "json": "json"}
CONVERSATIONS_AT_ONCE = 100


class Step(NamedTuple):
    """Some of the bytes. They are to be taken to their end before the next step is asked for."""

    pieces: Iterator[bytes]
    reads_storage: bool = False


def document(wanted: str, conversation: Conversation) -> Iterator[Step]:
    """One conversation in one format, by itself."""
    yield Step(_document(wanted, conversation))


def documents(wanted: str, conversations: Iterable[Conversation]) -> Iterator[Step]:
    """A zip file of several conversations in one format."""
    zipped = WrittenZip()
    for conversation in conversations:
        yield Step(_entry(zipped, wanted, conversation))
    yield Step(zipped.end())


def with_files(conversations: Iterable[Conversation], owner: User | None = None) -> Iterator[Step]:
    """A zip file of conversations in both formats and the files that they hold. With `owner`, all files of that user, and the account."""
    zipped = WrittenZip()
    attached = AttachedFiles(zipped)
    if owner is not None:
        yield Step(zipped.entry(zipped.unique(account.NAME), timezone.now(), account.document(owner)))
    for conversation in conversations:
        files = attached_files.held_by(conversation)
        paths = attached.paths(files)
        for wanted in EXTENSIONS:
            yield Step(_entry(zipped, wanted, conversation, paths))
        for file in files:
            yield Step(attached.entry(file), reads_storage=True)
    for file in attached_files.all_of(owner) if owner is not None else ():
        attached.paths([file])
        yield Step(attached.entry(file), reads_storage=True)
    yield Step(zipped.end())


def all_of(owner: User) -> Iterator[Conversation]:
    """The user's conversations, archived ones too, the oldest first."""
    return in_order(Conversation.objects.of(owner).select_related("prompt"), CONVERSATIONS_AT_ONCE)


def _entry(zipped: WrittenZip, wanted: str, conversation: Conversation, paths: dict[str, str] | None = None) -> Iterator[bytes]:
    name = zipped.unique(file_name(conversation, EXTENSIONS[wanted]))
    return zipped.entry(name, conversation.updated, _document(wanted, conversation, paths))


def _document(wanted: str, conversation: Conversation, paths: dict[str, str] | None = None) -> Iterator[bytes]:
    if wanted == "json":
        return json_document.document(conversation, paths)
    return (text.encode() for text in markdown.document(conversation, paths))
