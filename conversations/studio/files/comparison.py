"""How a file and the site stand to each other, by what both came from: `base`."""

from __future__ import annotations

from difflib import unified_diff
from enum import Enum
from typing import Protocol


class FileDocument(Protocol):
    """What a file says and the site may say, too: a prompt, a fragment, the cases of a prompt."""

    @property
    def slug(self) -> str: ...
    @property
    def base(self) -> str:
        """The digest of what was on the site when the file was last exported or imported."""
        ...

    @property
    def source(self) -> str:
        """Which file it was read from, as it is named in sentences."""
        ...

    @property
    def digest(self) -> str: ...
    def rendered(self, base: str = "") -> str:
        """The whole file."""
        ...


class Standing(Enum):
    SAME = "same"
    ONLY_FILE = "only in the folder"
    ONLY_SITE = "only on the site"
    FILE_CHANGED = "changed in the file"
    SITE_CHANGED = "changed on the site"
    BOTH_CHANGED = "changed in both"


def standing(file: FileDocument | None, site: FileDocument | None) -> Standing:
    """A file without a base says nothing of what it came from: then both count as changed."""
    if file is None:
        return Standing.ONLY_SITE
    if site is None:
        return Standing.ONLY_FILE
    if file.digest == site.digest:
        return Standing.SAME
    if file.base == site.digest:
        return Standing.FILE_CHANGED
    return Standing.SITE_CHANGED if file.base == file.digest else Standing.BOTH_CHANGED


def unified(file: FileDocument | None, site: FileDocument | None, path: str, site_path: str) -> str:
    """From the site to the file, as `git diff` writes it; empty where they say the same."""
    before = f"site/{site_path}" if site else "/dev/null"
    lines = unified_diff(_shown(site), _shown(file), before, path if file else "/dev/null", lineterm="")
    return "".join(f"{line}\n" for line in lines)


def _shown(document: FileDocument | None) -> list[str]:
    return document.rendered().removesuffix("\n").split("\n") if document else []
