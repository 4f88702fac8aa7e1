"""The folder of fragments: `fragments/<name>.md` for each, with its description in the front matter."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.core.exceptions import ValidationError

from conversations.models import Fragment
from conversations.models.fragments import fragment_name
from conversations.rendering.fragments import Found
from conversations.studio import bounds, checks

from .document import digest
from .folder import Folder
from .format import FormatProblem, rebased, render, split
from .problems import FilesRefused, Problem
from .safe_yaml import unwrapped

FIELDS = {"description": bounds.MAX_DESCRIPTION_CHARACTERS, "base": 64}


@dataclass(frozen=True, slots=True)
class FragmentDocument:
    slug: str
    text: str
    description: str = ""
    base: str = ""
    source: str = ""
    text_line: int = 1

    def head(self) -> dict[str, Any]:
        return {"description": self.description} if self.description else {}

    @property
    def digest(self) -> str:
        return digest([self.head(), self.text])

    def rendered(self, base: str = "") -> str:
        return render(self.head(), self.text, base)


class FragmentFolder(Folder[FragmentDocument]):
    inner = "fragments"

    def check_name(self, slug: str) -> None:
        fragment_name(slug)

    def parse(self, content: str, slug: str, source: str) -> FragmentDocument:
        try:
            parts = split(content)
        except FormatProblem as problem:
            raise FilesRefused([problem.of(source)]) from problem
        problems, found = [], {}
        for name, value in parts.head.items():
            try:
                if name not in FIELDS:
                    raise ValidationError(f"There is no field “{name}”: a fragment has {' and '.join(FIELDS)}.")
                found[name] = "" if value.value is None else checks.line(name, unwrapped(value), FIELDS[name])
            except ValidationError as error:
                problems.append(Problem(source, value.line, error.messages[0]))
        try:
            text = checks.text("The text", parts.text, bounds.TEXT_LENGTH)
        except ValidationError as error:
            problems.append(Problem(source, parts.text_line, error.messages[0]))
        if problems:
            raise FilesRefused(problems)
        return FragmentDocument(slug, text, **found, source=source, text_line=parts.text_line)

    def with_base(self, content: str, base: str) -> str | None:
        return rebased(content, base)


def document_of(fragment: Fragment) -> FragmentDocument | None:
    """What is current of it; None where nothing was ever published."""
    return FragmentDocument(fragment.name, checks.plain(fragment.current.text), fragment.description) if fragment.current else None


def as_found(document: FragmentDocument) -> Found:
    """As rendering looks it up."""
    return Found(0, document.text)


def current_documents() -> dict[str, FragmentDocument]:
    """By name."""
    fragments = Fragment.objects.select_related("current").order_by("name")
    return {fragment.name: document for fragment in fragments if (document := document_of(fragment))}
