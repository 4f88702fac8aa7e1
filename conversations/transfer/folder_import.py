"""Takes a folder of files over to the site: fragments, then the prompts that use them, then their cases. All of it, or nothing."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any, NamedTuple

from django.db import transaction

from conversations.evaluation.files import case_importing
from conversations.evaluation.files.case_folder import CasesDocument
from conversations.models import SystemPrompt, User
from conversations.studio.files import exporting, fragment_importing, importing
from conversations.studio.files.problems import FilesRefused, Problem

from . import folders
from .folders import Documents


class Imported(NamedTuple):
    done: list[str]
    left: list[str]
    """What was not taken, each a sentence without a full stop."""


@transaction.atomic
def publish(files: Documents, author: User, *, note: str = "", force: bool = False) -> Imported:
    """Make live what differs. FilesRefused with all conflicts.

    A prompt's cases are changed first: where they have to pass, they have to pass as they are in the files. Fragments are judged by what
    live prompts say then, for these may come with them.
    """
    trying = _Trying()
    there = _slugs()
    done, left = trying.cases([one for slug, one in files.cases.items() if slug in there], author, force)
    fragments = trying(lambda: fragment_importing.publish(list(files.fragments.values()), author, note=note, force=force)) or []
    done += [f"fragments/{document.slug}: published" for document in fragments]
    done += trying(lambda: importing.publish(list(files.prompts.values()), author, note=note, force=force)) or []
    trying(lambda: fragment_importing.require_usable(fragments, author))
    made = trying.cases([one for slug, one in files.cases.items() if slug not in there], author, force)
    trying.end()
    return Imported(done + made.done, left + made.left)


@transaction.atomic
def save_drafts(files: Documents, author: User, *, force: bool = False) -> Imported:
    """Prompts and fragments become drafts; new fragments are made. Cases are taken, for they are tried with drafts."""
    trying = _Trying()
    fragments = trying(lambda: fragment_importing.save_drafts(list(files.fragments.values()), author, force=force))
    fragments = fragments or fragment_importing.Drafted([], [], [])
    done = [f"fragments/{document.slug}: a new fragment" for document in fragments.new]
    done += [f"fragments/{document.slug}: saved as the draft" for document in fragments.saved]
    trying(lambda: fragment_importing.require_usable(fragments.new, author))
    drafted = trying(lambda: importing.save_drafts(list(files.prompts.values()), author, force=force)) or importing.Drafted([], [])
    cases = trying.cases(files.cases.values(), author, force)
    trying.end()
    return Imported([*done, *drafted.saved, *cases.done], [*fragments.left, *drafted.left, *cases.left])


def keep_bases(path: Path, files: Documents) -> list[str]:
    """Have each file say what the site has now. Returns those that couldn't be written."""
    failed = []
    for folder, ours, site in zip(folders.folders(path), files.kinds(), folders.on_the_site().kinds(), strict=True):
        failed += exporting.keep_bases(folder, list(ours.values()), site)
    return failed


class _Trying:
    """Goes on after what is refused, to tell all of it together at the end."""

    def __init__(self) -> None:
        self.problems: list[Problem] = []

    def __call__(self, step: Callable[[], Any]) -> Any:
        try:
            return step()
        except FilesRefused as refused:
            self.problems += refused.problems
            return None

    def cases(self, documents: Iterable[CasesDocument], author: User, force: bool) -> Imported:
        imported = Imported([], [])
        documents = list(documents)
        prompts = {prompt.slug: prompt for prompt in SystemPrompt.objects.filter(slug__in=[one.slug for one in documents])}
        self.problems += case_importing.unknown(documents, set(prompts))
        for document in documents:
            if prompt := prompts.get(document.slug):
                done, left = self(lambda: case_importing.take(document, prompt, author, force=force)) or ([], [])  # noqa: B023
                imported.done.extend(done)
                imported.left.extend(left)
        return imported

    def end(self) -> None:
        if self.problems:
            raise FilesRefused(self.problems)


def _slugs() -> set[str]:
    return set(SystemPrompt.objects.values_list("slug", flat=True))
