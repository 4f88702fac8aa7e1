"""The folder of cases: `cases/<prompt>.yaml`, with a list of all of a prompt's.

Cases made from a user's message are not in files: they are deleted with the message, which nothing in git would be.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import ValidationError

from conversations.evaluation.candidate import AskedCase
from conversations.models import Case, SystemPrompt
from conversations.studio.files.document import digest
from conversations.studio.files.folder import Folder
from conversations.studio.files.problems import FilesRefused, Problem
from conversations.studio.files.prompt_folder import check_slug
from conversations.studio.files.safe_yaml import Value, YamlProblem, read_lines, unwrapped, write_plain
from conversations.studio.foreign.json_values import as_json

from .plain_cases import MAX_CASES
from .written_case import canonical, read, written

_BASE = re.compile(r"^base:.*\n", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class CasesDocument:
    slug: str
    """Of the prompt."""
    cases: Sequence[AskedCase]
    base: str = ""
    source: str = ""

    @property
    def digest(self) -> str:
        """The same in whichever order they stand."""
        return digest(sorted((written(case) for case in self.cases), key=digest))

    def rendered(self, base: str = "") -> str:
        return write_plain({"base": base} if base else {}) + write_plain({"cases": [written(case) for case in self.cases]})


class CaseFolder(Folder[CasesDocument]):
    suffix = ".yaml"
    inner = "cases"

    def check_name(self, slug: str) -> None:
        check_slug(slug)

    def parse(self, content: str, slug: str, source: str) -> CasesDocument:
        try:
            head, listed = _parts(read_lines(content.removeprefix("\ufeff")))
        except YamlProblem as problem:
            raise FilesRefused([Problem(source, problem.line + 1, problem.sentence)]) from problem
        problems, cases = [], []
        if len(listed) > MAX_CASES:
            problems.append(Problem(source, 1, f"There are {len(listed):,} cases; a file holds {MAX_CASES:,} at most."))
        for value in listed[:MAX_CASES]:
            try:
                cases.append(read(as_json(unwrapped(value))))
            except ValidationError as error:
                problems += [Problem(source, value.line + 1, sentence) for sentence in error.messages]
            except RecursionError:
                problems.append(Problem(source, value.line + 1, "It is nested too deep."))
        if problems:
            raise FilesRefused(problems)
        return CasesDocument(slug, cases, head, source)

    def with_base(self, content: str, base: str) -> str | None:
        content = content.removeprefix("\ufeff").replace("\r\n", "\n")
        line = write_plain({"base": base})
        changed = _BASE.sub(lambda _: line, content, count=1) if _BASE.search(content) else line + content
        try:
            before, after = self.parse(content, "cases", ""), self.parse(changed, "cases", "")
        except FilesRefused:  # it was a list, or {cases: …}
            return None
        return changed if after.base == base and after.digest == before.digest else None


def document_of(prompt: SystemPrompt) -> CasesDocument | None:
    """None where the prompt has no case that a file can hold."""
    cases = [case for case in map(AskedCase.of, portable(prompt)) if holds(case)]
    return CasesDocument(prompt.slug, cases) if cases else None


def portable(prompt: SystemPrompt) -> list[Case]:
    return list(prompt.cases.filter(message=None).order_by("name", "id"))


def holds(case: AskedCase) -> bool:
    """Whether a file can say it: older cases may hold what none is made with today."""
    try:
        return canonical(read(as_json(written(case)))) == canonical(case)
    except ValidationError:
        return False


def documents() -> dict[str, CasesDocument]:
    """Of all prompts of which something is live, by slug."""
    prompts = SystemPrompt.objects.filter(published__isnull=False, cases__message=None, cases__isnull=False).distinct().order_by("slug")
    return {prompt.slug: document for prompt in prompts if (document := document_of(prompt))}


def _parts(found: Value) -> tuple[str, list[Value]]:
    """The base, and the cases. A file may be their list alone, as it is imported in the admin."""
    if isinstance(found.value, list):
        return "", found.value
    if not isinstance(found.value, dict):
        raise YamlProblem(found.line, "This is no list of cases.")
    for name, value in found.value.items():
        if name not in ("base", "cases"):
            raise YamlProblem(value.line, f"There is no field “{name}”: there are base and cases.")
    base, cases = (found.value.get(name, Value(None, 0)) for name in ("base", "cases"))
    if not isinstance(cases.value, list | None):
        raise YamlProblem(cases.line, "cases is a list: a line of “- name: …” for each.")
    return str(base.value or ""), cases.value or []


def names_of(cases: Sequence[Any]) -> str:
    """Such as “Refund”, “Tide” and 3 more."""
    named = [f"“{case.name}”" for case in cases[:5]]
    return ", ".join(named) + (f" and {len(cases) - 5} more" if len(cases) > 5 else "")
