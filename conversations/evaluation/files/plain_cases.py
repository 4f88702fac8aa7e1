"""Cases as plain values, which YAML, JSON, JSON lines and tables hold: one reader for all of them."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from conversations.evaluation.candidate import AskedCase
from conversations.evaluation.checks.bounds import MAX_CHECKS
from conversations.studio.checks import plain
from conversations.studio.files.problems import FilesRefused, Problem

from . import asserts

MAX_CASES = 2000
MAX_NAME_CHARACTERS = 120
MAX_TURN_CHARACTERS = 200_000
QUESTIONS = ("ask", "question", "query", "input", "message", "prompt", "text", "user")
"""Names of what the user asks, where a file doesn't say it in `turns`: the first of them that is there."""


class Read(NamedTuple):
    cases: list[AskedCase]
    left_out: list[str]
    """Sentences without a full stop."""


def of_values(values: Any) -> Read:
    """From a list of mappings, or one with the list as `cases`."""
    if isinstance(values, Mapping):
        values = values.get("cases")
    if not isinstance(values, list):
        return Read([], ["all of it: this is no list of cases"])
    cases, told = [], [f"the cases after the first {MAX_CASES:,}"] if len(values) > MAX_CASES else []
    for number, value in enumerate(values[:MAX_CASES], 1):
        case, problems = _case(number, value)
        told += [f"case {number}: {problem}" for problem in problems]
        if case:
            cases.append(case)
    return Read(cases, told)


def of_lines(text: str) -> Read:
    """From JSON, an object on each line."""
    values, told = [], []
    for number, line in enumerate(text.splitlines(), 1):
        if line.strip():
            try:
                values.append(json.loads(line))
            except (ValueError, RecursionError):
                told.append(f"line {number}: it is no JSON")
    read = of_values(values)
    return Read(read.cases, told + read.left_out)


def of_table(text: str) -> Read:
    """From CSV with a head. A column that has no meaning of its own is a variable; `__expected` holds an assertion, as with Promptfoo."""
    values: list[dict[str, Any]] = []
    for row in _rows(text):
        known = {name.strip(): value for name, value in row.items() if name and isinstance(value, str) and value != ""}
        checks = [asserts.of_text(known.pop(name)) for name in sorted(known) if name.startswith("__expected")]
        if any(name and name.startswith("__") for name in row):  # then each other column is a variable, whatever it is called
            values.append({"name": known.get("__description"), "variables": _own(known), "checks": checks})
            continue
        told = {name: known.pop(name) for name in ("name", "expected", "tags") if name in known}
        question = next((known.pop(name) for name in QUESTIONS if name in known), None)
        values.append({**told, "variables": known, "checks": checks} | ({"ask": question} if question else {}))
    return of_values(values)


def _rows(text: str) -> Iterator[dict[str | Any, str | Any]]:
    """Raises FilesRefused where the table can't be read, as with a quotation mark that is never closed."""
    try:
        yield from csv.DictReader(io.StringIO(text))
    except csv.Error as error:
        raise FilesRefused([Problem("CSV", 0, f"This is no table: {error}.")]) from error


def _own(row: Mapping[str, str]) -> dict[str, str]:
    return {name: value for name, value in row.items() if not name.startswith("__")}


def _case(number: int, value: Any) -> tuple[AskedCase | None, list[str]]:
    if not isinstance(value, Mapping):
        return None, ["it has no fields"]
    variables = value.get("variables", value.get("vars", {}))
    variables = (
        {str(name): one if isinstance(one, str) else json.dumps(one) for name, one in variables.items()}
        if isinstance(variables, Mapping)
        else {}
    )
    turns = _turns(value, variables)
    if not turns:
        return None, ["it asks nothing: it has neither turns, the user’s last, nor any of " + ", ".join(QUESTIONS)]
    checks, told = asserts.read(value.get("checks", value.get("assert")))
    if len(checks) > MAX_CHECKS:
        told.append(f"the checks after the first {MAX_CHECKS}")
    tags = value.get("tags") or []
    listed = tags.split(",") if isinstance(tags, str) else tags if isinstance(tags, list) else []
    tags = [str(tag).strip() for tag in listed if isinstance(tag, str | int)]
    name = " ".join(plain(str(value.get("name") or value.get("description") or turns[-1]["text"])).split())[:MAX_NAME_CHARACTERS]
    expected = plain(str(value.get("expected") or ""))
    return AskedCase(
        f"{number}", name or f"Case {number}", turns, variables, expected, checks[:MAX_CHECKS], [tag[:40] for tag in tags if tag][:20]
    ), told


def _turns(value: Mapping[str, Any], variables: Mapping[str, str]) -> list[dict[str, str]]:
    given = value.get("turns", value.get("messages"))
    if isinstance(given, list):
        turns = [_turn(one) for one in given if isinstance(one, Mapping)]
        fits = len(turns) == len(given) and turns and turns[-1]["role"] == "user" and all(turn["text"].strip() for turn in turns)
        return turns if fits else []
    for name in QUESTIONS:
        if isinstance(text := value.get(name, variables.get(name)), str) and text.strip():
            return [{"role": "user", "text": plain(text)[:MAX_TURN_CHARACTERS]}]
    return []


def _turn(one: Mapping[str, Any]) -> dict[str, str]:
    text = one.get("text", one.get("content"))
    role = "assistant" if one.get("role") == "assistant" else "user"
    return {"role": role, "text": plain(text)[:MAX_TURN_CHARACTERS] if isinstance(text, str) else ""}
