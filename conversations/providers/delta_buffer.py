"""Gathers the deltas that arrive together, so that the reader of the stream pays per batch instead of per token."""

from collections.abc import Mapping
from typing import cast

from .citations import Citations
from .encoded_pictures import EncodedPicture
from .parts import Call, Delta, Kind, Source, WasReasoning
from .thought_tags import ThoughtTags


class DeltaBuffer:
    """Joins consecutive deltas of one kind, and makes their text fit for storing: no NUL, no half of a surrogate pair.

    `tags` finds the reasoning in the text, where it is looked for.
    """

    __slots__ = ("_call", "_citations", "_done", "_held", "_kind", "_pieces", "_tags", "kinds")

    def __init__(self, tags: ThoughtTags | None = None) -> None:
        self.kinds: set[str] = set()
        """Those of which something has come, and “picture”."""
        self._tags = tags
        self._done: list[Delta | WasReasoning | EncodedPicture | Source] = []
        self._citations: Citations | None = None
        self._kind: Kind | None = None
        self._call: Call | None = None
        self._pieces: list[str] = []
        self._held: dict[Kind, str] = {}

    @property
    def halves(self) -> dict[str, int]:
        """The halves of surrogate pairs that wait for the other half, as code points."""
        return {kind: ord(half) for kind, half in self._held.items()}

    def hold(self, halves: Mapping[str, int]) -> None:
        """Let these wait for the other half."""
        self._held = {cast("Kind", kind): chr(half) for kind, half in halves.items()}

    def add(self, kind: Kind, text: str, call: Call | None = None) -> None:
        if kind != self._kind or call is not None:
            self._close()
            self._kind, self._call = kind, call
            self.kinds.add(kind)
            if self._tags is not None and kind == "reasoning":
                self._tags.thoughts_came()
        self._pieces.append(text)

    def add_picture(self, picture: EncodedPicture) -> None:
        """One of the answer, where it stands amid the text."""
        self._close()
        self._kind = None
        self.kinds.add("picture")
        self._done.append(picture)

    def cite(self, annotations: object) -> None:
        """What the text so far is annotated with."""
        self._citations = self._citations or Citations()
        if found := list(self._citations.read(annotations)):
            self._close()
            self._done += found

    @property
    def ends_in_picture(self) -> bool:
        """Whether a picture came last."""
        return self._kind is None and "picture" in self.kinds

    def take(self) -> list[Delta | WasReasoning | EncodedPicture | Source]:
        """What has gathered since the last call, in order."""
        if self._pieces:
            self._close()
        done = self._done
        if done:
            self._done = []
        return done

    def drain(self) -> list[Delta | WasReasoning | EncodedPicture | Source]:
        """What is left at the end of the stream: the other half of a held surrogate won't come any more."""
        done = self.take()
        if self._tags is not None:
            done.extend(self._tags.rest())
        done.extend(Delta(kind, "\ufffd") for kind in self._held)
        self._held.clear()
        return done

    def _close(self) -> None:
        pieces, kind, call = self._pieces, self._kind, self._call
        if not pieces or kind is None:
            return
        text = pieces[0] if len(pieces) == 1 else "".join(pieces)
        pieces.clear()
        if "\0" in text:
            text = text.replace("\0", "\ufffd")
        if self._held or not text.isascii():
            text = self._whole_characters(kind, text)
        if not text:
            return
        if call is not None:
            self._call = None
            self._done.append(Delta(kind, text, call))
            return
        tags = self._tags if kind == "text" else None
        if tags is None or tags.finds_none(text):
            self._done.append(Delta(kind, text))
            return
        self._done += tags.feed(text)
        if tags.are_over:
            self._tags = None

    def _whole_characters(self, kind: Kind, text: str) -> str:
        # A server that cuts its text into UTF-16 units may send the halves of one character in two events.
        text = self._held.pop(kind, "") + text
        try:
            text.encode()
        except UnicodeEncodeError:
            if "\ud800" <= text[-1] <= "\udbff":
                self._held[kind] = text[-1]
                text = text[:-1]
            text = text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
        return text
