"""Writes what the site has into a folder: all of it, or nothing where a file would lose changes."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

from conversations.models import SystemPrompt
from conversations.studio.files import exporting
from conversations.studio.files.problems import FilesRefused

from . import folders


class Exported(NamedTuple):
    written: list[str]
    """Files, as they are named below the folder."""
    unchanged: int
    left_out: list[str]
    """Sentences without a full stop."""


def export(path: Path, *, force: bool = False) -> Exported:
    """FilesRefused, and nothing is written, where a file would lose changes; `force` overwrites these."""
    site = folders.on_the_site()
    contents, problems = [], []
    for folder, documents in zip(folders.folders(path), site.kinds(), strict=True):
        try:
            contents.append((folder, exporting.contents(folder, documents, force=force)))
        except FilesRefused as refused:
            problems += refused.problems
    if problems:
        raise FilesRefused(problems)
    written = []
    for folder, to_write in contents:
        for slug, content in to_write.items():
            folder.write(slug, content)
            written.append(folder.named(slug))
    return Exported(written, site.count - len(written), _left_out(site))


def _left_out(site: folders.Documents) -> list[str]:
    unpublished = SystemPrompt.objects.filter(published__isnull=True).order_by("slug").values_list("slug", flat=True)
    left = [f"{slug}: left out, for nothing of it is live" for slug in unpublished]
    for prompt in SystemPrompt.objects.filter(published__isnull=False, cases__isnull=False).distinct().order_by("slug"):
        there = prompt.cases.count()
        written = len(site.cases[prompt.slug].cases) if prompt.slug in site.cases else 0
        if there > written:
            left.append(f"cases/{prompt.slug}: {there - written} left out, for they were made from users’ messages or fit into no file")
    return left
