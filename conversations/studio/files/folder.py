"""A folder of prompts: `<slug>.md` for each. Nothing outside it is read or written."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

from django.core.exceptions import ValidationError
from django.core.validators import validate_slug

from conversations.studio.bounds import MAX_SLUG_CHARACTERS

from .document import Document
from .parsing import parse
from .problems import FilesRefused, Problem

SUFFIX = ".md"
READ_ME = "README.md"
MAX_FILE_BYTES = 1 << 20


class Folder:
    def __init__(self, path: Path) -> None:
        self.path = path

    def paths(self) -> list[Path]:
        """The prompts' files. Other files, and folders, have other uses."""
        try:
            entries = sorted(self.path.iterdir())
        except OSError as error:
            raise FilesRefused([Problem(str(self.path), 0, f"The folder can’t be read: {error.strerror}.")]) from error
        return [path for path in entries if path.suffix == SUFFIX and path.name != READ_ME and not path.name.startswith(".")]

    def read(self) -> dict[str, Document]:
        """By slug. FilesRefused with all that is wrong in any of them."""
        documents: dict[str, Document] = {}
        problems: list[Problem] = []
        for path in self.paths():
            try:
                documents[path.stem] = self.read_one(path)
            except FilesRefused as refused:
                problems += refused.problems
        defaults = [document for document in documents.values() if document.default]
        problems += [Problem(one.source, 1, f"“{defaults[0].slug}” is the default prompt, too: there is one.") for one in defaults[1:]]
        if problems:
            raise FilesRefused(problems)
        return documents

    def read_one(self, path: Path) -> Document:
        source = str(path)
        try:
            validate_slug(path.stem)
        except ValidationError as error:
            sentence = "A prompt’s file is named after its slug: letters, digits, hyphens and underscores, then .md."
            raise FilesRefused([Problem(source, 0, sentence)]) from error
        if len(path.stem) > MAX_SLUG_CHARACTERS:
            raise FilesRefused([Problem(source, 0, f"A slug has at most {MAX_SLUG_CHARACTERS} characters.")])
        return parse(self.content(path), path.stem, source)

    def content(self, path: Path) -> str:
        return read_text(path)

    def path_of(self, slug: str) -> Path:
        validate_slug(slug)
        return self.path / f"{slug}{SUFFIX}"

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
