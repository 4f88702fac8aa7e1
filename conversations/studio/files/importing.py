"""From documents to the site: what differs becomes a version, or a draft. What was published since a file's export isn't overwritten."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import PurePath
from typing import Any, NamedTuple

from django.contrib.admin.models import ADDITION, CHANGE, LogEntry
from django.db import transaction

from conversations.models import LIVE, SystemPrompt, User
from conversations.studio import drafts, labels, publishing
from conversations.studio.bounds import MAX_NOTE_CHARACTERS
from conversations.studio.wording import Wording, wording_of

from . import obstacles
from .comparison import Standing, standing
from .document import Document, document_of
from .problems import FilesRefused, Problem


class Drafted(NamedTuple):
    saved: list[str]
    left: list[str]
    """What of prompts that are there was not taken, for it is no part of a draft."""


@transaction.atomic
def publish(documents: Sequence[Document], author: User, *, note: str = "", force: bool = False) -> list[str]:
    """Make live what differs, and tell each change in a sentence. All or nothing: FilesRefused with the conflicts.

    A conflict is a prompt that was changed on the site since the file was exported; `force` has the file win.
    """
    prompts = _locked(documents)
    conflicts: list[Problem] = []
    taken: list[Document] = []
    for document in documents:
        prompt = prompts.get(document.slug)
        found = standing(document, document_of(prompt) if prompt else None)
        if prompt and found in (Standing.SITE_CHANGED, Standing.BOTH_CHANGED) and not force:
            conflicts.append(Problem(document.source, 1, obstacles.changed_on_site(prompt, found, document)))
        elif refused := obstacles.refused(document, prompt, author):
            conflicts.append(Problem(document.source, 1, refused))
        elif prompt and (lacks := obstacles.lacks(document, prompt)):
            sentence = f"“{prompt.slug}” lacks {lacks}, and publish it."
            conflicts.append(Problem(document.source, 1, sentence))
        elif found != Standing.SAME or (prompt and prompt.published is None):
            taken.append(document)
    conflicts += [problem for document in taken for problem in obstacles.unsendable(document, prompts.get(document.slug))]
    conflicts += obstacles.without_default(taken, prompts)
    if conflicts:
        raise FilesRefused(conflicts)
    return [_publish(document, prompts.get(document.slug), author, note) for document in taken]


@transaction.atomic
def save_drafts(documents: Sequence[Document], author: User, *, force: bool = False) -> Drafted:
    """Make their wordings drafts, and tell each in a sentence. FilesRefused where a draft says something else, unless `force`.

    What is no part of the wording (audience, default, what may be chosen) is taken for new prompts alone: it would hold at once.
    """
    prompts = _locked(documents)
    conflicts, saved, left = [], [], []
    for document in documents:
        prompt = prompts.get(document.slug)
        if prompt and (names := differing(document, prompt)):
            left.append(f"{document.slug}: {', '.join(names)} on the site stay{'s' if len(names) == 1 else ''} as before")
        if prompt is None:
            prompt = _created(document, author)
            saved.append(f"{document.slug}: a new prompt, as a draft")
        elif drafts.edited(prompt) == document.wording:
            continue
        elif drafts.of(prompt) and not force:
            sentence = f"“{document.slug}” has a draft that says something else: publish or discard it, or --force replaces it."
            conflicts.append(Problem(document.source, 1, sentence))
            continue
        else:
            saved.append(f"{document.slug}: saved as the draft of “{prompt.name}”")
            _log(prompt, author, CHANGE, f"Imported from {_file(document)}: saved as the draft.")
        drafts.save(prompt, document.wording, author)
    if conflicts:
        raise FilesRefused(conflicts)
    return Drafted(saved, left)


def _locked(documents: Sequence[Document]) -> dict[str, SystemPrompt]:
    slugs = [document.slug for document in documents]
    prompts = SystemPrompt.objects.select_for_update(of=("self",)).select_related("published", "published__author")
    return {prompt.slug: prompt for prompt in prompts.filter(slug__in=slugs).order_by("pk")}


def _publish(document: Document, prompt: SystemPrompt | None, author: User, note: str) -> str:
    said = []
    if prompt is None:
        prompt = _created(document, author)
        said.append("a new prompt")
    else:
        said += _change_details(document, prompt)
    before = prompt.published
    if before is None or wording_of(before) != document.wording:
        number = _make_live(prompt, document.wording, author, note or f"Imported from {_file(document)}")
        old = f"version {before.number}" if before else "no version"
        said.append(f"published version {number}, moved the label “{LIVE}” from {old} to it")
    if document.default and not prompt.is_default:
        prompt.make_default()
        said.append("made it the default")
    elif prompt.is_default and not document.default:
        said.append("another prompt is the default now")
    _log(prompt, author, CHANGE, f"Imported from {_file(document)}: {'; '.join(said)}.")
    return f"{document.slug}: {'; '.join(said)}"


def _make_live(prompt: SystemPrompt, wording: Wording, author: User, note: str) -> int:
    draft, note = drafts.of(prompt), note[:MAX_NOTE_CHARACTERS]
    if draft and wording_of(draft) == wording:
        return publishing.publish(prompt, draft, author, note=note).version.number
    version = prompt.add_version(author=author, note=note, **wording)
    labels.move(prompt, LIVE, version, by=author, reason=note)
    return version.number


def _details(document: Document) -> dict[str, Any]:
    details = {name: getattr(document, name) for name in SystemPrompt.DETAILS}
    return {**details, "listed_models": "\n".join(document.listed_models)}


def differing(document: Document, prompt: SystemPrompt) -> list[str]:
    """What the file says otherwise that is no part of a wording, by name."""
    names = [name.replace("_", " ") for name, value in _details(document).items() if getattr(prompt, name) != value]
    return [*names, "default"] if document.default != prompt.is_default else names


def _created(document: Document, author: User) -> SystemPrompt:
    prompt = SystemPrompt.objects.create(slug=document.slug, **_details(document))
    _log(prompt, author, ADDITION, f"Imported from {_file(document)}.")
    return prompt


def _change_details(document: Document, prompt: SystemPrompt) -> list[str]:
    changed = []
    for name, value in _details(document).items():
        before = getattr(prompt, name)
        if before != value:
            setattr(prompt, name, value)
            changed.append(f"{name.replace('_', ' ')} became “{value}” (was “{before}”)")
    if changed:
        prompt.save(update_fields=list(_details(document)))
    return changed


def _log(prompt: SystemPrompt, author: User, flag: int, message: str) -> None:
    LogEntry.objects.log_actions(author.pk, [prompt], flag, message, single_object=True)


def _file(document: Document) -> str:
    return PurePath(document.source).name
