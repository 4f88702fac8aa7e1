"""What is evaluated: a wording as it was when the run was made, and a case, both as plain values."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Self

from conversations.evaluation.checks.check import Check
from conversations.models import Case, PromptDraft, PromptVersion, User
from conversations.providers.request import Turn
from conversations.rendering import told
from conversations.rendering.fragments import Found, Library
from conversations.rendering.told import Told
from conversations.studio import approvals
from conversations.studio.wording import Wording, wording_of

_NAME = re.compile(r"\{\{\s*([\w.-]+)\s*\}\}")


@dataclass(frozen=True, slots=True)
class Candidate:
    label: str
    wording: Wording
    digest: str = ""
    """Of the wording, where it is one of the site's prompt."""
    is_template: bool = False
    """Whether names in its text and examples are filled in, as in prompts of this site."""
    turns: list[dict[str, str]] = field(default_factory=list)
    """Where a file says itself what is asked, with the case's variables in it: in place of the case's turns."""
    fragments: dict[str, str] = field(default_factory=dict)
    """Texts that it gets in place of the current ones, by the fragments' names."""

    @classmethod
    def of(cls, worded: PromptVersion | PromptDraft, label: str) -> Self:
        wording = wording_of(worded)
        is_template = worded.is_template if isinstance(worded, PromptVersion) else True
        return cls(label, wording, approvals.digest(wording), is_template)

    @classmethod
    def read(cls, stored: Mapping[str, Any]) -> Self:
        return cls(
            stored["label"],
            stored["wording"],
            stored.get("digest", ""),
            stored.get("is_template", False),
            stored.get("turns", []),
            stored.get("fragments", {}),
        )

    def stored(self) -> dict[str, Any]:
        said = {"label": self.label, "wording": self.wording, "digest": self.digest, "is_template": self.is_template}
        return {**said, "turns": self.turns, "fragments": self.fragments}

    def told(self, case: AskedCase, user: User) -> Told:
        """The system prompt and the example messages, as this user would get them with the case's variables. Asks the database.

        Raises Unfilled where a value is missing or can't be one.
        """
        text, examples = self.wording["text"], self.wording.get("examples") or []
        if self.turns:  # a file of another product says it all in its own way
            return Told(filled(text, case.variables), examples)
        worded = PromptVersion(text=text, examples=examples, variables=self.wording.get("variables") or [])
        library: Library = {(name, None): Found(0, said) for name, said in self.fragments.items()}
        return told.tried(worded, user, _typed(worded.variables, case.variables), library, as_template=self.is_template)

    def asked(self, case: AskedCase) -> list[Turn]:
        """The conversation, whose last turn is the user's."""
        return turns_of(self.turns or case.turns, case.variables)


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


def turns_of(stored: list[dict[str, str]], variables: Mapping[str, Any]) -> list[Turn]:
    return [Turn("assistant" if turn["role"] == "assistant" else "user", filled(turn["text"], variables)) for turn in stored]


def _typed(declarations: list[dict[str, Any]], given: Mapping[str, Any]) -> dict[str, Any]:
    """Cases hold texts; “yes” and “true” are what they say."""
    words = {"yes": True, "true": True, "no": False, "false": False}
    asked = {one["name"] for one in declarations if one["type"] == "yes_no"}
    return {name: words.get(str(value).strip().lower(), value) if name in asked else value for name, value in given.items()}


def filled(text: str, variables: Mapping[str, Any]) -> str:
    """With values in place of `{{ name }}`, once: what a value says is never read as a name. Unknown names stay."""
    return _NAME.sub(lambda found: str(variables[found[1]]) if found[1] in variables else found[0], text)
