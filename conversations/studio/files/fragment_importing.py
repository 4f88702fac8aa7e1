"""From documents to fragments. What an import publishes, prompts that follow them get with their next answer."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import PurePath
from typing import NamedTuple

from django.contrib.admin.models import ADDITION, CHANGE, LogEntry
from django.db import transaction

from conversations.models import Fragment, User
from conversations.studio import fragment_drafts, fragment_uses
from conversations.studio.bounds import MAX_NOTE_CHARACTERS

from .comparison import Standing, standing
from .fragment_folder import FragmentDocument, document_of
from .problems import FilesRefused, Problem


class Drafted(NamedTuple):
    new: list[FragmentDocument]
    saved: list[FragmentDocument]
    left: list[str]
    """What of fragments that are there was not taken, for it is no part of a draft."""


@transaction.atomic
def publish(documents: Sequence[FragmentDocument], author: User, *, note: str = "", force: bool = False) -> list[FragmentDocument]:
    """Make current what differs, and return that. FilesRefused with the conflicts.

    The caller calls `require_usable` once the prompts are as they are to be, in the same transaction.
    """
    there = _locked(documents)
    conflicts, taken = [], []
    for document in documents:
        fragment = there.get(document.slug)
        found = standing(document, document_of(fragment) if fragment else None)
        if found in (Standing.SITE_CHANGED, Standing.BOTH_CHANGED) and not force:
            conflicts.append(Problem(document.source, 1, _conflict(document, found)))
        elif found != Standing.SAME:
            taken.append(document)
    if conflicts:
        raise FilesRefused(conflicts)
    for document in taken:
        _publish(document, there.get(document.slug), author, note)
    return taken


@transaction.atomic
def save_drafts(documents: Sequence[FragmentDocument], author: User, *, force: bool = False) -> Drafted:
    """Make their texts drafts. FilesRefused where a draft says something else, unless `force`.

    Those that aren't there yet are published: nothing that is live can use them.
    """
    there = _locked(documents)
    drafted = Drafted([], [], [])
    conflicts = []
    for document in documents:
        fragment = there.get(document.slug)
        if fragment is None:
            _publish(document, None, author, "")
            drafted.new.append(document)
            continue
        if fragment.description != document.description:
            drafted.left.append(f"fragments/{document.slug}: description on the site stays as before")
        if fragment_drafts.edited(fragment) == document.text:
            continue
        if fragment_drafts.of(fragment) and not force:
            sentence = f"The fragment “{document.slug}” has another draft: publish or discard it, or --force replaces it."
            conflicts.append(Problem(document.source, 1, sentence))
            continue
        fragment_drafts.save(fragment, document.text, author)
        drafted.saved.append(document)
        told = f"Imported from {PurePath(document.source).name}: saved as the draft."
        LogEntry.objects.log_actions(author.pk, [fragment], CHANGE, told, single_object=True)
    if conflicts:
        raise FilesRefused(conflicts)
    return drafted


def require_usable(documents: Sequence[FragmentDocument], author: User) -> None:
    """FilesRefused where one includes itself, or a live prompt that follows it can't be sent with it, or is changed by others alone."""
    problems = [
        Problem(document.source, document.text_line, sentence)
        for document in documents
        for sentence in fragment_uses.problems(document.slug, document.text, author)
    ]
    if problems:
        raise FilesRefused(problems)


def _locked(documents: Sequence[FragmentDocument]) -> dict[str, Fragment]:
    names = [document.slug for document in documents]
    fragments = Fragment.objects.select_for_update(of=("self",)).select_related("current").filter(name__in=names)
    return {fragment.name: fragment for fragment in fragments.order_by("pk")}


def _conflict(document: FragmentDocument, found: Standing) -> str:
    if found == Standing.SITE_CHANGED:
        return (
            f"The fragment “{document.slug}” was changed on the site after this file was exported, and the file wasn’t: "
            "export takes the change over, --force puts the file’s text in its place."
        )
    since = "was changed on the site after this file was exported" if document.base else "is on the site and says something else"
    return f"The fragment “{document.slug}” {since}, and so was the file: see both with diff, then --force has the file win."


def _publish(document: FragmentDocument, fragment: Fragment | None, author: User, note: str) -> None:
    file = PurePath(document.source).name
    flag = CHANGE
    if fragment is None:
        fragment, flag = Fragment.objects.create(name=document.slug, description=document.description), ADDITION
    said = []
    if flag == CHANGE and fragment.description != document.description:
        said.append(f"description became “{document.description}” (was “{fragment.description}”)")
        fragment.description = document.description
        fragment.save(update_fields=["description"])
    before = fragment.current
    if before is None or before.text != document.text:
        made = fragment.publish(document.text, author=author, note=(note or f"Imported from {file}")[:MAX_NOTE_CHARACTERS])
        said.append(f"published version {made.number} (before: {f'version {before.number}' if before else 'none'})")
    LogEntry.objects.log_actions(author.pk, [fragment], flag, f"Imported from {file}: {'; '.join(said)}.", single_object=True)
