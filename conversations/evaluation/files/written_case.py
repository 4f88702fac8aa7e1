"""A case as its file writes it: plain values, of which nothing is guessed and nothing left out."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from django.core.exceptions import ValidationError

from conversations.evaluation.candidate import AskedCase
from conversations.evaluation.checks.bounds import MAX_CHECKS
from conversations.evaluation.checks.check import Check
from conversations.studio import checks as texts

from . import asserts
from .plain_cases import MAX_NAME_CHARACTERS, MAX_TURN_CHARACTERS

FIELDS = ("name", "ask", "turns", "variables", "expected", "tags", "checks")
MAX_TAGS, MAX_TAG_CHARACTERS = 20, 40
MAX_VARIABLE_NAME_CHARACTERS = 60
_AS_PROMPTFOO = {"refusal": "is-refusal", "judge": "llm-rubric"}


def written(case: AskedCase) -> dict[str, Any]:
    """Without what is empty."""
    case = canonical(case)
    is_question = len(case.turns) == 1
    return {"name": case.name} | {
        name: value
        for name, value in {
            "ask": case.turns[0]["text"] if is_question else "",
            "turns": [] if is_question else [{"role": turn["role"], "text": turn["text"]} for turn in case.turns],
            "variables": case.variables,
            "expected": case.expected,
            "tags": case.tags,
            "checks": [_check(check) for check in case.checks],
        }.items()
        if value
    }


def canonical(case: AskedCase) -> AskedCase:
    """What it says, and nothing of which row it is: values of variables are texts, and line ends are as files have them."""
    return replace(
        case,
        key="",
        revision=1,
        turns=[{**turn, "text": texts.plain(turn["text"])} for turn in case.turns],
        variables={name: texts.plain(_text(value)) for name, value in case.variables.items()},
        expected=texts.plain(case.expected),
        checks=[check._replace(value=texts.plain(check.value)) for check in case.checks],
    )


def read(value: Any) -> AskedCase:
    """Of plain values that JSON can hold. ValidationError with a sentence for each thing that is wrong."""
    if not isinstance(value, Mapping):
        raise ValidationError("A case has fields: a line of “- name: …” begins one.")
    problems = [f"There is no field “{name}”: there are {', '.join(FIELDS)}." for name in value if name not in FIELDS]
    found: dict[str, Any] = {}
    for name, reads in (("name", _name), ("turns", _turns), ("variables", _variables), ("expected", _expected), ("tags", _tags)):
        try:
            found[name] = reads(value)
        except ValidationError as error:
            problems += error.messages
    checks, told = asserts.read(value.get("checks"))
    problems += [f"It can’t be taken: {one}." for one in told]
    if len(checks) > MAX_CHECKS:
        problems.append(f"A case has at most {MAX_CHECKS} checks.")
    if problems:
        label = f"Case “{found['name']}”: " if found.get("name") else ""
        raise ValidationError([f"{label}{problem}" for problem in problems])
    return AskedCase("", **found, checks=checks)


def _check(check: Check) -> dict[str, str]:
    kind = _AS_PROMPTFOO.get(check.kind, check.kind)
    return {"type": f"not-{kind}" if check.negated else kind} | ({"value": check.value} if check.value else {})


def _text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _name(value: Mapping[str, Any]) -> str:
    name = texts.line("name", value.get("name", ""), MAX_NAME_CHARACTERS)
    if not name.strip():
        raise ValidationError("A case has a name, by which it is found again: write “name: …”.")
    return name


def _turns(value: Mapping[str, Any]) -> list[dict[str, str]]:
    given = value.get("turns")
    if given is None:
        given = [{"role": "user", "text": value.get("ask", "")}]
    elif value.get("ask") is not None:
        raise ValidationError("It has both ask and turns: write one of them.")
    if not isinstance(given, list) or not all(isinstance(one, Mapping) and one.keys() == {"role", "text"} for one in given):
        raise ValidationError("turns is a list of messages, each with its role and its text.")
    turns = [{"role": one["role"], "text": texts.text("What is asked", one["text"], MAX_TURN_CHARACTERS)} for one in given]
    if not turns or not all(turn["role"] in ("user", "assistant") and turn["text"].strip() for turn in turns):
        raise ValidationError("It asks nothing, or a turn is empty or neither the user’s nor the assistant’s: write “ask: …”, or turns.")
    if turns[-1]["role"] != "user":
        raise ValidationError("The last turn is the user’s: its answer is what is judged.")
    return turns


def _variables(value: Mapping[str, Any]) -> dict[str, str]:
    given = value.get("variables") or {}
    if not isinstance(given, Mapping) or any(isinstance(one, list | Mapping) for one in given.values()):
        raise ValidationError("variables is a list of “name: value”.")
    if any(not name or len(name) > MAX_VARIABLE_NAME_CHARACTERS for name in given):
        raise ValidationError(f"The name of a variable has 1 to {MAX_VARIABLE_NAME_CHARACTERS} characters.")
    return {name: texts.text("A variable", _text(one), MAX_TURN_CHARACTERS) for name, one in given.items() if one is not None}


def _expected(value: Mapping[str, Any]) -> str:
    return texts.text("expected", value.get("expected") or "", MAX_TURN_CHARACTERS)


def _tags(value: Mapping[str, Any]) -> list[str]:
    return texts.lines("tags", value.get("tags") or [], MAX_TAGS, MAX_TAG_CHARACTERS)
