"""The wording of a version or a draft: what it says to the model, and what two of them differ in."""

from __future__ import annotations

import json
from typing import Any, NamedTuple

from conversations.models import Worded
from conversations.models.parameters import PARAMETERS

from . import checks
from .text_difference import Line, compare
from .wording_fields import FIELDS, WordingField

Wording = dict[str, Any]
"""A value for each of FIELDS."""


def wording_of(worded: Worded | None) -> Wording:
    if worded is None:
        return {name: field.empty() for name, field in FIELDS.items()}
    return {name: getattr(worded, name) for name in FIELDS} | {"text": checks.plain(worded.text)}


def texts_of(wording: Wording) -> list[str]:
    """All in it that may hold names: its text, and its example messages after that."""
    return [wording["text"], *(one["text"] for one in wording.get("examples") or ())]


def properties(wording: Wording) -> dict[str, str]:
    """The model and every parameter, as they are shown."""
    sent = {parameter.label: str(wording["parameters"].get(name, "not sent")) for name, parameter in PARAMETERS.items()}
    return {"Model": wording["model"] or "provider’s default", **sent}


class Part(NamedTuple):
    """A field of the wording that has lines, beside its text."""

    label: str
    text: str


def parts(wording: Wording) -> list[Part]:
    """Those that aren't empty, as they are read."""
    found = [Part(field.label, written(field, wording[field.name])) for field in _in_lines()]
    return [part for part in found if part.text]


def written(field: WordingField, value: Any) -> str:
    """A value as it is shown and compared: in lines."""
    if not value:
        return ""
    return "\n".join(value) if field.kind == "lines" else json.dumps(value, indent=2, ensure_ascii=False)


def _in_lines() -> list[WordingField]:
    return [field for field in FIELDS.values() if field.kind in ("lines", "named", "exchanges", "structure")]


class Change(NamedTuple):
    """One property of the wording beside its text."""

    label: str
    before: str
    after: str

    @property
    def differs(self) -> bool:
        return self.before != self.after


class ChangedPart(NamedTuple):
    label: str
    lines: list[Line]


class Difference(NamedTuple):
    text: list[Line]
    parts: list[ChangedPart]
    """Only those that differ."""
    properties: list[Change]


def difference(old: Wording, new: Wording) -> Difference:
    before, after = properties(old), properties(new)
    changes = [Change(label, before[label], after[label]) for label in after]
    compared = [
        ChangedPart(field.label, compare(written(field, old[field.name]), written(field, new[field.name]))) for field in _in_lines()
    ]
    return Difference(compare(old["text"], new["text"]), [part for part in compared if part.lines], changes)
