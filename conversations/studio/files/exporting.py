"""From the site to a folder. A file with changes that the site doesn't have is left as it is, and told."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from typing import TypeVar

from conversations.models import SystemPrompt

from .comparison import FileDocument, Standing, standing
from .document import Document, document_of
from .folder import MAX_FILE_BYTES, Folder
from .problems import FilesRefused, Problem

D = TypeVar("D", bound=FileDocument)


def live_documents() -> dict[str, Document]:
    """What is live on the site, by slug."""
    prompts = SystemPrompt.objects.filter(published__isnull=False).select_related("published").order_by("slug")
    return {prompt.slug: document_of(prompt) for prompt in prompts}


def contents(folder: Folder[D], documents: Mapping[str, D], *, force: bool = False) -> dict[str, str]:
    """What has to be written, by slug. FilesRefused where a file would lose changes; with `force` it loses them."""
    folder.refuse_link()
    found: dict[str, str] = {}
    conflicts: list[Problem] = []
    for slug, site in documents.items():
        try:
            content = _content(folder, site, force=force)
        except FilesRefused as refused:
            conflicts += refused.problems
        else:
            if content is not None:
                found[slug] = content
    if conflicts:
        raise FilesRefused(conflicts)
    return found


def keep_bases(folder: Folder[D], documents: Sequence[D], site: Mapping[str, D]) -> list[str]:
    """Have each file say what the site has now. Returns those that couldn't be written."""
    failed = []
    for document in documents:
        base = site[document.slug].digest if document.slug in site else ""
        if base and document.base != base:
            try:
                folder.write(document.slug, folder.rebased(folder.content(folder.path_of(document.slug)), document, base))
            except OSError:
                failed.append(document.source)
    return failed


def _content(folder: Folder[D], site: D, *, force: bool) -> str | None:
    """What is to be written; None where the file says so already."""
    path = folder.path_of(site.slug)
    new = site.rendered(site.digest)
    if len(new.encode()) > MAX_FILE_BYTES:
        raise FilesRefused([Problem(str(path), 0, "The file would be larger than 1 MB, which is no longer read.")])
    if not os.path.lexists(path):
        return new
    try:
        file = folder.read_one(path)
    except FilesRefused as refused:
        if force:
            return new
        raise FilesRefused([*refused.problems, Problem(str(path), 0, "--force writes what the site has in its place.")]) from refused
    found = standing(file, site)
    if found == Standing.SAME:
        return None if file.base == site.digest else folder.rebased(folder.content(path), file, site.digest)
    if found == Standing.SITE_CHANGED or force:
        return new
    sentence = "The file has changes that the site doesn’t have: import them, or --force writes what is live in their place."
    raise FilesRefused([Problem(str(path), 1, sentence)])
