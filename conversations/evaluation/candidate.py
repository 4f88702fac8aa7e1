"""What is evaluated: a wording as it was when the run was made, and a case, both as plain values."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Self

from conversations.evaluation.checks.check import Check
from conversations.models import Case, PromptDraft, PromptVersion
from conversations.providers.request import Turn
from conversations.studio import approvals
from conversations.studio.wording import Wording, wording_of

_NAME = re.compile(r"\{\{\s*([\w.-]+)\s*\}\}")


@dataclass(frozen=True, slots=True)
class Candidate:
    label: str
    wording: Wording
    digest: str = ""
    """Of the wording, where it is one of the site's prompt."""
    turns: list[dict[str, str]] = field(default_factory=list)
    """Where a file says itself what is asked, with the case's variables in it: in place of the case's turns."""

    @classmethod
    def of(cls, worded: PromptVersion | PromptDraft, label: str) -> Self:
        wording = wording_of(worded)
        return cls(label, wording, approvals.digest(wording))

    @classmethod
    def read(cls, stored: Mapping[str, Any]) -> Self:
        return cls(stored["label"], stored["wording"], stored.get("digest", ""), stored.get("turns", []))

    def stored(self) -> dict[str, Any]:
        return {"label": self.label, "wording": self.wording, "digest": self.digest, "turns": self.turns}

    def system(self, case: AskedCase) -> str:
        return filled(self.wording["text"], case.variables)

    def asked(self, case: AskedCase) -> list[Turn]:
        """The examples, and then the conversation whose last turn is the user's."""
        own = [*(self.wording.get("examples") or []), *(self.turns or case.turns)]
        return [Turn("assistant" if turn["role"] == "assistant" else "user", filled(turn["text"], case.variables)) for turn in own]


@dataclass(frozen=True, slots=True)
class AskedCase:
    key: str
    name: str
    turns: list[dict[str, str]] = field(default_factory=list)
    variables: dict[str, Any] = field(default_factory=dict)
    expected: str = ""
    checks: list[Check] = field(default_factory=list)
    tags: list[str] = field(default_factory=list)
    revision: int = 1

    @classmethod
    def of(cls, case: Case) -> Self:
        checks = [Check.of(check) for check in case.checks]
        return cls(str(case.pk), case.name, case.turns, case.variables, case.expected, checks, case.tags, case.revision)

    @property
    def question(self) -> str:
        """What the user asks last."""
        return filled(self.turns[-1]["text"], self.variables) if self.turns else ""


def filled(text: str, variables: Mapping[str, Any]) -> str:
    """With values in place of `{{ name }}`, once: what a value says is never read as a name. Unknown names stay."""
    return _NAME.sub(lambda found: str(variables[found[1]]) if found[1] in variables else found[0], text)
