"""From documents to cases. A case is found again by its name; none is deleted."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from pathlib import PurePath
from typing import NamedTuple

from django.contrib.admin.models import CHANGE, LogEntry
from django.db import transaction

from conversations.evaluation.candidate import AskedCase
from conversations.models import Case, SystemPrompt, User
from conversations.studio import drafts
from conversations.studio.files.comparison import Standing, standing
from conversations.studio.files.problems import FilesRefused, Problem

from .case_folder import CasesDocument, document_of, holds, names_of, portable
from .written_case import canonical


class Plan(NamedTuple):
    changed: list[tuple[Case, AskedCase]]
    new: list[AskedCase]
    missing: list[Case]
    """What the site has and the file hasn't."""


def plan(prompt: SystemPrompt, document: CasesDocument) -> Plan:
    """Cases of one name are told apart by what they say, then by their order."""
    there, given = defaultdict(list), defaultdict(list)
    for case in portable(prompt):
        if holds(asked := AskedCase.of(case)):
            there[case.name].append((case, canonical(asked)))
    for asked in document.cases:
        given[asked.name].append(canonical(asked))
    changed, new, missing = [], [], []
    for name in dict.fromkeys([*given, *there]):
        old, wanted = there[name], given[name]
        for pair in tuple(old):
            if pair[1] in wanted:
                wanted.remove(pair[1])
                old.remove(pair)
        changed += [(case, asked) for (case, _), asked in zip(old, wanted, strict=False)]
        new += wanted[len(old) :]
        missing += [case for case, _ in old[len(wanted) :]]
    return Plan(changed, new, missing)


@transaction.atomic
def take(document: CasesDocument, prompt: SystemPrompt, author: User, *, force: bool = False) -> tuple[list[str], list[str]]:
    """Change and make what the file says otherwise: told in a sentence, and what stays although the file hasn't it.

    FilesRefused where the site's were changed since the file was exported, unless `force`.
    """
    prompt = drafts.locked(prompt)
    found = standing(document, document_of(prompt))
    if found in (Standing.SITE_CHANGED, Standing.BOTH_CHANGED) and not force:
        raise FilesRefused([Problem(document.source, 1, _conflict(document, found))])
    to_do = plan(prompt, document)
    left = [f"cases/{document.slug}: {names_of(to_do.missing)}, which only the site has, stay"] if to_do.missing else []
    for case, asked in to_do.changed:
        _change(case, asked)
    for asked in to_do.new:
        stored = {"turns": asked.turns, "variables": asked.variables, "expected": asked.expected, "tags": asked.tags}
        Case.objects.create(prompt=prompt, author=author, name=asked.name, checks=[check.stored() for check in asked.checks], **stored)
    said = []
    if to_do.changed:
        said.append(f"changed {names_of([asked for _, asked in to_do.changed])}")
    if to_do.new:
        said.append(f"added {names_of(to_do.new)}")
    if not said:
        return [], left
    log = f"Imported cases from {PurePath(document.source).name}: {'; '.join(said)}."
    LogEntry.objects.log_actions(author.pk, [prompt], CHANGE, log, single_object=True)
    return [f"cases/{document.slug}: {'; '.join(said)}"], left


def _change(case: Case, asked: AskedCase) -> None:
    before = canonical(AskedCase.of(case))
    case.turns, case.variables, case.expected, case.tags = asked.turns, asked.variables, asked.expected, asked.tags
    case.checks = [check.stored() for check in asked.checks]
    if (before.turns, before.variables, before.expected, before.checks) != (asked.turns, asked.variables, asked.expected, asked.checks):
        case.revision += 1  # what it passed before says nothing of it now
    case.save()


def _conflict(document: CasesDocument, found: Standing) -> str:
    if found == Standing.SITE_CHANGED:
        return (
            f"The cases of “{document.slug}” were changed on the site after this file was exported, and the file wasn’t: "
            "export takes the change over, --force puts the file’s in their place."
        )
    since = "were changed on the site after this file was exported" if document.base else "on the site say something else"
    return f"The cases of “{document.slug}” {since}, and so does the file: see both with diff, then --force has the file win."


def unknown(documents: Sequence[CasesDocument], slugs: set[str]) -> list[Problem]:
    """Those of prompts that there aren't."""
    return [
        Problem(document.source, 1, f"There is no prompt “{document.slug}”: a file of cases is named after the prompt’s slug.")
        for document in documents
        if document.slug not in slugs
    ]
