"""A check of an answer: its kind, one value, and whether it is turned round. Kinds say what they ask for, and refuse what can't be."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple, Self

from . import json_schema, languages, patterns
from .bounds import MAX_CHECKS, MAX_VALUE_CHARACTERS, InvalidCheck, Length


class Check(NamedTuple):
    kind: str
    value: str = ""
    negated: bool = False

    @classmethod
    def of(cls, stored: Mapping[str, Any]) -> Self:
        return cls(str(stored.get("kind", "")), str(stored.get("value", "")), bool(stored.get("negated")))

    def stored(self) -> dict[str, Any]:
        return {"kind": self.kind, "value": self.value, "negated": self.negated}

    @property
    def title(self) -> str:
        """Such as “not: contains “sorry””."""
        kind = KINDS.get(self.kind)
        value = f" “{_short(self.value)}”" if self.value and (kind is None or kind.asks) else ""
        return f"{'not: ' if self.negated else ''}{kind.label if kind else self.kind}{value}"


class Kind(NamedTuple):
    label: str
    asks: str
    """What its value is, such as “a text”; empty where it has none."""
    clean: Callable[[str], object]
    """Raises InvalidCheck, with a sentence, where the value can't be used."""


def _text(value: str) -> None:
    if not value:
        raise InvalidCheck("Enter a text.")


def _nothing(value: str) -> None:
    if value.strip():
        raise InvalidCheck("This check has no value: leave it empty.")


def _amount(value: str) -> float:
    if not re.fullmatch(r"\d{1,9}(\.\d{1,9})?", value.strip()):
        raise InvalidCheck("Enter a number, such as 2.5.")
    return float(value)


KINDS: dict[str, Kind] = {
    "contains": Kind("contains", "a text, in these letters", _text),
    "icontains": Kind("contains, in any case", "a text, in small or capital letters", _text),
    "equals": Kind("equals", "the whole answer; space around it doesn’t count", _text),
    "starts-with": Kind("starts with", "a text; space before it doesn’t count", _text),
    "regex": Kind("matches", "a regular expression, without look-around", patterns.compiled),
    "is-json": Kind("is JSON", "", _nothing),
    "json-schema": Kind("fits the JSON schema", "a JSON schema", json_schema.read),
    "length": Kind("has a length of", "such as “at most 80 words” or “10 to 200 characters”", Length.read),
    "language": Kind("is in the language", f"a language: {', '.join(languages.NAMES.values())}", languages.code_of),
    "refusal": Kind("refuses", "", _nothing),
    "latency": Kind("takes at most", "seconds", _amount),
    "cost": Kind("costs at most", "US dollars", _amount),
    "judge": Kind("a model judges", "what a good answer does, for another model to judge by", _text),
}


def clean(check: Check) -> Check:
    """The check as it is stored. Raises InvalidCheck with a sentence."""
    if check.kind not in KINDS:
        raise InvalidCheck(f"There is no check called “{check.kind}”.")
    if len(check.value) > MAX_VALUE_CHARACTERS:
        raise InvalidCheck(f"A check’s value has at most {MAX_VALUE_CHARACTERS:,} characters.")
    value = check.value.replace("\0", "").replace("\r\n", "\n")
    KINDS[check.kind].clean(value)
    return check._replace(value=value)


def clean_all(checks: list[Check]) -> list[Check]:
    if len(checks) > MAX_CHECKS:
        raise InvalidCheck(f"A case has at most {MAX_CHECKS} checks.")
    return [clean(check) for check in checks]


def _short(text: str) -> str:
    return text if len(text) <= 60 else f"{text[:60]}…"
