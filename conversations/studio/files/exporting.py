"""From the site to a folder. A file with changes that the site doesn't have is left as it is, and told."""

from __future__ import annotations

import os
from dataclasses import replace
from typing import NamedTuple

from conversations.models import SystemPrompt

from .comparison import Standing, standing
from .document import Document, document_of
from .folder import Folder
from .format import rebased, render
from .problems import FilesRefused, Problem


class Exported(NamedTuple):
    written: list[str]
    unchanged: list[str]
    unpublished: list[str]
    """Slugs of prompts that have no live version, and so no file."""


def live_documents() -> dict[str, Document]:
    """What is live on the site, by slug."""
    prompts = SystemPrompt.objects.filter(published__isnull=False).select_related("published").order_by("slug")
    return {prompt.slug: document_of(prompt) for prompt in prompts}


def export(folder: Folder, *, force: bool = False) -> Exported:
    """Write all that is live. FilesRefused, and nothing is written, where a file would lose changes; `force` overwrites these."""
    contents: dict[str, str] = {}
    conflicts: list[Problem] = []
    documents = live_documents()
    for slug, site in documents.items():
        try:
            content = _content(folder, site, force=force)
        except FilesRefused as refused:
            conflicts += refused.problems
        else:
            if content is not None:
                contents[slug] = content
    if conflicts:
        raise FilesRefused(conflicts)
    for slug, content in contents.items():
        folder.write(slug, content)
    unpublished = SystemPrompt.objects.filter(published__isnull=True).order_by("slug").values_list("slug", flat=True)
    return Exported(list(contents), [slug for slug in documents if slug not in contents], list(unpublished))


def _content(folder: Folder, site: Document, *, force: bool) -> str | None:
    """What is to be written; None where the file says so already."""
    path = folder.path_of(site.slug)
    new = render(replace(site, base=site.digest))
    if not os.path.lexists(path):
        return new
    try:
        file = folder.read_one(path)
    except FilesRefused as refused:
        if force:
            return new
        raise FilesRefused([*refused.problems, Problem(str(path), 0, "--force writes the site’s prompt in its place.")]) from refused
    found = standing(file, site)
    if found == Standing.SAME:
        return None if file.base == site.digest else rebased(folder.content(path), file)
    if found == Standing.SITE_CHANGED or force:
        return new
    sentence = "The file has changes that the site doesn’t have: import them, or --force writes what is live in their place."
    raise FilesRefused([Problem(str(path), 1, sentence)])
