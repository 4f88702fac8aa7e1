"""What a model isn't given of a conversation's files, in words for the user."""

from __future__ import annotations

import re

_NOTE = re.compile(r"(?:\A| )The model (?:wasn’t shown|wasn’t given|was given only the first|was given nothing of) .*", re.DOTALL)


class LeftOut:
    """What a model isn't given of a conversation's files, to be told to the user; and how much it is given."""

    files = pages = 0
    """What it is given of them."""

    def __init__(self) -> None:
        self._images = self._unseen = self._off = 0
        self._documents: list[str] = []

    @property
    def note(self) -> str:
        """Sentences, or nothing."""
        said = [
            f"The model wasn’t shown {_images(self._images)}: there was no room for {_them(self._images)}." if self._images else "",
            f"The model wasn’t shown {_images(self._unseen)}, for it takes none." if self._unseen else "",
            f"The model wasn’t given {_files(self._off)}: that is switched off here." if self._off else "",
            *self._documents,
        ]
        return " ".join(filter(None, said))

    def given(self, pages: int | None) -> None:
        """A file that it is given, as it is or as its text."""
        self.files += 1
        self.pages += pages or 0

    def image(self, *, unseen: bool) -> None:
        if unseen:
            self._unseen += 1
        else:
            self._images += 1

    def switched_off(self) -> None:
        self._off += 1

    def document(self, name: str, per_cent: int) -> None:
        """`per_cent` of it were given."""
        what = f"only the first {per_cent} % of “{name}”" if per_cent else f"nothing of “{name}”"
        self._documents.append(f"The model was given {what}: there was no room for more.")


def without_note(note: str) -> str:
    """What else the user is told of an answer than `LeftOut.note`, which comes last: the next attempt may be given more, or less."""
    return _NOTE.sub("", note)


def _images(count: int) -> str:
    return "an image" if count == 1 else f"{count} images"


def _files(count: int) -> str:
    return "a file" if count == 1 else f"{count} files"


def _them(count: int) -> str:
    return "it" if count == 1 else "them"
