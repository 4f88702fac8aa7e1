"""A folder of files that are alike, one for each prompt, say. Nothing outside it is read or written."""

from __future__ import annotations

import os
import tempfile
from abc import ABC, abstractmethod
from pathlib import Path
from typing import ClassVar, Generic, TypeVar

from django.core.exceptions import ValidationError

from .comparison import FileDocument
from .problems import FilesRefused, Problem

READ_ME = "README.md"
MAX_FILE_BYTES = 1 << 20
D = TypeVar("D", bound=FileDocument)


class Folder(ABC, Generic[D]):
    """Its files are named after what they hold: a slug, then `suffix`."""

    suffix: ClassVar[str] = ".md"
    inner: ClassVar[str] = ""
    """Where it is below the folder that a user names, such as “fragments”."""

    def __init__(self, path: Path) -> None:
        self.path = path

    @abstractmethod
    def check_name(self, slug: str) -> None:
        """Raises ValidationError with a sentence, where no such thing can have this name."""

    @abstractmethod
    def parse(self, content: str, slug: str, source: str) -> D:
        """FilesRefused with all that is wrong in it."""

    @abstractmethod
    def with_base(self, content: str, base: str) -> str | None:
        """The file with another `base`, and otherwise as it was written. None where that can't be."""

    def check_together(self, documents: dict[str, D]) -> list[Problem]:
        """What is wrong with them as a whole."""
        return []

    def named(self, slug: str) -> str:
        """The file, as it is named below the folder that a user names."""
        return f"{self.inner}/{slug}{self.suffix}".removeprefix("/")

    def paths(self) -> list[Path]:
        """Its files. Other files, and folders, have other uses."""
        self.refuse_link()
        try:
            entries = sorted(self.path.iterdir())
        except OSError as error:
            if self.inner and not os.path.lexists(self.path):
                return []
            raise FilesRefused([Problem(str(self.path), 0, f"The folder can’t be read: {error.strerror}.")]) from error
        return [path for path in entries if path.suffix == self.suffix and path.name != READ_ME and not path.name.startswith(".")]

    def refuse_link(self) -> None:
        """The folder that a user names may be a link; one within it would lead out of it."""
        if self.inner and self.path.is_symlink():
            raise FilesRefused([Problem(str(self.path), 0, "This folder is a link, so nothing in it is read or written.")])

    def read(self) -> dict[str, D]:
        """By slug. FilesRefused with all that is wrong in any of them."""
        documents: dict[str, D] = {}
        problems: list[Problem] = []
        for path in self.paths():
            try:
                documents[path.stem] = self.read_one(path)
            except FilesRefused as refused:
                problems += refused.problems
        problems += self.check_together(documents)
        if problems:
            raise FilesRefused(problems)
        return documents

    def read_one(self, path: Path) -> D:
        try:
            self.check_name(path.stem)
        except ValidationError as error:
            raise FilesRefused([Problem(str(path), 0, error.messages[0])]) from error
        return self.parse(self.content(path), path.stem, str(path))

    def content(self, path: Path) -> str:
        return read_text(path)

    def path_of(self, slug: str) -> Path:
        self.check_name(slug)
        return self.path / f"{slug}{self.suffix}"

    def rebased(self, content: str, document: D, base: str) -> str:
        """The file with this `base`: as it was written where that can be, else written again."""
        return self.with_base(content, base) or document.rendered(base)

    def write(self, slug: str, content: str) -> None:
        """In one go: no reader meets half a file, and a link is replaced rather than followed."""
        self.path.mkdir(parents=True, exist_ok=True)
        path = self.path_of(slug)
        handle, name = tempfile.mkstemp(dir=self.path, prefix=f".{slug}-", suffix=".tmp")
        temporary = Path(name)
        try:
            with os.fdopen(handle, "w", encoding="utf-8", newline="\n") as file:
                file.write(content)
            temporary.chmod(path.stat().st_mode & 0o777 if path.is_file() else 0o644)
            temporary.replace(path)
        except BaseException:
            temporary.unlink(missing_ok=True)
            raise


def read_text(path: Path) -> str:
    """A file's text. FilesRefused where it is a link, no file, too large, or no UTF-8."""
    source = str(path)
    try:
        if path.is_symlink() or not path.is_file():
            raise FilesRefused([Problem(source, 0, "This is no ordinary file (or a link), so it isn’t read.")])
        with path.open("rb") as file:
            content = file.read(MAX_FILE_BYTES + 1)
    except OSError as error:
        raise FilesRefused([Problem(source, 0, f"The file can’t be read: {error.strerror}.")]) from error
    if len(content) > MAX_FILE_BYTES:
        raise FilesRefused([Problem(source, 0, "The file is larger than 1 MB.")])
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        raise FilesRefused([Problem(source, line, "The file isn’t UTF-8.")]) from error
