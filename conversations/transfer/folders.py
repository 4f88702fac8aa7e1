"""A folder of prompts, with fragments and cases beside them, and all of it that the site has."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from conversations.evaluation.files import case_folder
from conversations.evaluation.files.case_folder import CaseFolder, CasesDocument
from conversations.studio.files import exporting, fragment_folder
from conversations.studio.files.document import Document
from conversations.studio.files.folder import Folder
from conversations.studio.files.fragment_folder import FragmentDocument, FragmentFolder
from conversations.studio.files.problems import FilesRefused
from conversations.studio.files.prompt_folder import PromptFolder


@dataclass(frozen=True, slots=True)
class Documents:
    """By slug, of files or of the site."""

    fragments: Mapping[str, FragmentDocument] = field(default_factory=dict)
    prompts: Mapping[str, Document] = field(default_factory=dict)
    cases: Mapping[str, CasesDocument] = field(default_factory=dict)

    def kinds(self) -> tuple[Mapping[str, Any], ...]:
        """As `folders` has them."""
        return self.prompts, self.fragments, self.cases

    @property
    def count(self) -> int:
        return sum(map(len, self.kinds()))


def folders(path: Path) -> tuple[Folder[Any], ...]:
    return PromptFolder(path), FragmentFolder(path / FragmentFolder.inner), CaseFolder(path / CaseFolder.inner)


def read(path: Path) -> Documents:
    """FilesRefused with all that is wrong in any file."""
    found: list[Any] = []
    problems = []
    for folder in folders(path):
        try:
            found.append(folder.read())
        except FilesRefused as refused:
            problems += refused.problems
    if problems:
        raise FilesRefused(problems)
    prompts, fragments, cases = found
    return Documents(fragments, prompts, cases)


def on_the_site() -> Documents:
    """What is live of prompts, what is current of fragments, and the cases of prompts that are live."""
    return Documents(fragment_folder.current_documents(), exporting.live_documents(), case_folder.documents())


def beside_each_other(files: Documents, site: Documents, path: Path) -> Iterator[tuple[Folder[Any], str, Any, Any]]:
    """The folder, the slug, and what the file and the site have; one of these may be None."""
    for folder, ours, theirs in zip(folders(path), files.kinds(), site.kinds(), strict=True):
        for slug in sorted(ours.keys() | theirs.keys()):
            yield folder, slug, ours.get(slug), theirs.get(slug)
