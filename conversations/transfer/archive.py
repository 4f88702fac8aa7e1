"""Prompts as a zip file, with the fragments that they use and their cases: the files of a folder, which can be imported again."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Sequence

from conversations.evaluation.files import case_folder
from conversations.evaluation.files.case_folder import CaseFolder
from conversations.models import SystemPrompt
from conversations.rendering import fragments
from conversations.studio.files import fragment_folder
from conversations.studio.files.document import document_of
from conversations.studio.files.fragment_folder import FragmentFolder
from conversations.studio.wording import texts_of

EPOCH = (1980, 1, 1, 0, 0, 0)
"""The first day that zip files know: the same files make the same bytes."""


def of_prompts(prompts: Sequence[SystemPrompt], *, with_cases: bool) -> bytes:
    """What is live of them; those of which nothing is are left out."""
    files: dict[str, str] = {}
    texts: list[str] = []
    for prompt in prompts:
        if prompt.published is None:
            continue
        document = document_of(prompt)
        texts += texts_of(document.wording)
        files[f"{prompt.slug}.md"] = document.rendered(document.digest)
        if with_cases and (cases := case_folder.document_of(prompt)):
            files[f"{CaseFolder.inner}/{prompt.slug}{CaseFolder.suffix}"] = cases.rendered(cases.digest)
    used = {name for name, _ in fragments.library(texts)}
    for name, fragment in fragment_folder.current_documents().items():
        if name in used:
            files[f"{FragmentFolder.inner}/{name}.md"] = fragment.rendered(fragment.digest)
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for path, content in sorted(files.items()):
            archive.writestr(zipfile.ZipInfo(path, EPOCH), content, zipfile.ZIP_DEFLATED)
    return packed.getvalue()
