"""The wording of a version or a draft: what it says to the model, and what two of them differ in."""

from __future__ import annotations

from typing import Any, NamedTuple, TypedDict

from conversations.models import Worded
from conversations.models.parameters import PARAMETERS

from .text_difference import Line, compare


class Wording(TypedDict):
    text: str
    model: str
    parameters: dict[str, Any]
    starters: list[str]


def wording_of(worded: Worded | None) -> Wording:
    if worded is None:
        return {"text": "", "model": "", "parameters": {}, "starters": []}
    return {"text": plain(worded.text), "model": worded.model, "parameters": worded.parameters, "starters": worded.starters}


def plain(text: str) -> str:
    """Without NUL, which PostgreSQL can't store, and with the line ends that were typed rather than those a browser sends."""
    return text.replace("\0", "").replace("\r\n", "\n").replace("\r", "\n")


def properties(wording: Wording) -> dict[str, str]:
    """The model and every parameter, as they are shown."""
    sent = {parameter.label: str(wording["parameters"].get(name, "not sent")) for name, parameter in PARAMETERS.items()}
    return {"Model": wording["model"] or "provider’s default", **sent}


class Change(NamedTuple):
    """One property of the wording beside its text."""

    label: str
    before: str
    after: str

    @property
    def differs(self) -> bool:
        return self.before != self.after


class Difference(NamedTuple):
    text: list[Line]
    starters: list[Line]
    properties: list[Change]

    @property
    def is_empty(self) -> bool:
        return not (self.text or self.starters or any(change.differs for change in self.properties))


def difference(old: Wording, new: Wording) -> Difference:
    before, after = properties(old), properties(new)
    changes = [Change(label, before[label], after[label]) for label in after]
    return Difference(compare(old["text"], new["text"]), compare("\n".join(old["starters"]), "\n".join(new["starters"])), changes)
