"""Files amid the text of a message: the text of documents, and notices of what isn't given. They take as many tokens as is said here."""

from __future__ import annotations

import re
from collections.abc import Sequence
from html import escape
from typing import NamedTuple

from django.db.models.functions import Substr

from conversations.models import File
from conversations.providers.request import Turn, TurnFile
from conversations.usage.ledger.token_estimate import BYTES_PER_TOKEN, TOKENS_PER_MESSAGE

NOTICE_TOKENS = 48
"""What stands in place of a file, and around its text, beside its name."""
LEAST_TOKENS = 16
"""Less of a document says nothing."""
MAX_NAME_CHARACTERS = 80
_CLOSING = re.compile(r"<(?=\s*/\s*file\b)", re.IGNORECASE)
_TEXT = re.compile(r"text/.+|application/(?:.+\+)?(?:(?:x-)?(?:javascript|yaml|sh|toml|ndjson)|json|jsonl|xml|sql|typescript)")
"""Types of files that hold nothing but text."""
_IN_NOTICES = str.maketrans({"[": "&#91;", "]": "&#93;", "“": "&ldquo;", "”": "&rdquo;"})


def notice(name: str, what: str) -> str:
    return f"[The file “{_named(name)}” {what}.]"


def tokens_around(name: str) -> int:
    """At most, of all that stands for a file but its text: its name may be there twice."""
    return NOTICE_TOKENS + 2 * -(-len(_named(name).encode("utf-8", "replace")) // BYTES_PER_TOKEN)


class Text(NamedTuple):
    """What was read of a document."""

    content: bytes = b""
    """As it is sent: whatever the file says, it can't say where it ends, and so may take more than in the file."""
    size: int = 0
    """Bytes of it in the file."""
    is_all: bool = True

    @property
    def tokens(self) -> int:
        return -(-len(self.content) // BYTES_PER_TOKEN)


def texts(rooms: Sequence[tuple[File, int]]) -> list[Text]:
    """What was read in each of them, as far as so many tokens may take it: not a whole long document for the part that fits."""
    most = {file.pk: max(0, room) * BYTES_PER_TOKEN for file, room in rooms}
    wanted = [file.pk for file, room in rooms if room >= min(LEAST_TOKENS, file.tokens)]
    if not wanted:
        return [Text(is_all=False) for _ in rooms]
    rows = File.objects.filter(pk__in=wanted).values_list("pk", Substr("text", 1, max(most[key] for key in wanted) + 1))
    found = dict(rows)
    return [_text(found.get(file.pk), most[file.pk]) for file, _ in rooms]


def _text(found: str | None, most: int) -> Text:
    if found is None:
        return Text(is_all=False)
    read = found[:most]
    return Text(_CLOSING.sub("&lt;", read).encode("utf-8", "replace"), len(read.encode("utf-8", "replace")), len(found) <= most)


def document(name: str, text: Text, room: int, file_tokens: int) -> tuple[str, int]:
    """The document as part of a turn's text, of at most `room` tokens beside its name, and how many per cent of it that is.

    `file_tokens`: what it has in all.
    """
    content, most = text.content, max(0, room) * BYTES_PER_TOKEN
    if text.is_all and not content.strip():
        return notice(name, "holds no text that could be read"), 100
    if text.is_all and len(content) <= most:
        return _quoted(name, content.decode()), 100
    given = text.size * min(1, most / max(1, len(content)))
    per_cent = min(99, int(100 * given / max(1, text.size, (file_tokens - TOKENS_PER_MESSAGE) * BYTES_PER_TOKEN)))
    if most < LEAST_TOKENS * BYTES_PER_TOKEN or not per_cent:
        return notice(name, "is left out: there is no room for it"), 0
    cut = content[:most].decode("utf-8", "ignore")
    return f"{_quoted(name, cut)}\n{notice(name, f'is cut: only its first {per_cent} % fit')}", per_cent


def in_text(turn: Turn) -> Turn:
    """The turn with those of its documents that are text, as a program sent them, in its own text: every model takes them so."""
    quoted: list[str] = []
    others: list[TurnFile] = []
    for file in turn.files:
        text = _read(file) if file.kind == "document" and _TEXT.fullmatch(file.content_type) else None
        if text is None:
            others.append(file)
        else:
            quoted.append(_quoted(file.name, _CLOSING.sub("&lt;", text)))
    return turn._replace(text="\n\n".join(filter(None, [*quoted, turn.text])), files=tuple(others)) if quoted else turn


def _read(file: TurnFile) -> str | None:
    """None where it is in no encoding that says so: its provider may know."""
    try:
        return file.read().decode("utf-8-sig")
    except UnicodeDecodeError:
        return None


def _quoted(name: str, text: str) -> str:
    return f'<file name="{_named(name)}">\n{text}\n</file>'


def _named(name: str) -> str:
    """It can't say where a notice ends, and is shortened in its middle: a window has no room for many that are long."""
    half = MAX_NAME_CHARACTERS // 2
    shown = name if len(name) <= MAX_NAME_CHARACTERS else f"{name[:half]}…{name[-half:]}"
    return escape(shown).translate(_IN_NOTICES)
