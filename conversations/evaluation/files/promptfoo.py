"""A Promptfoo configuration that is run here as it is: its prompts and providers are the candidates, its tests the cases.

What can't be run here (programs, providers that are no models, assertions that need them) is told by name, and never run.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from itertools import islice, product
from pathlib import Path
from typing import Any, NamedTuple

from conversations.evaluation.candidate import AskedCase, Candidate
from conversations.evaluation.checks.bounds import MAX_CHECKS
from conversations.studio.checks import plain
from conversations.studio.files.folder import read_text
from conversations.studio.files.problems import FilesRefused
from conversations.studio.files.safe_yaml import YamlProblem, read_plain
from conversations.studio.foreign import chat_messages
from conversations.studio.foreign.found import Found, quoted
from conversations.studio.wording import wording_of

from . import asserts, plain_cases
from .plain_cases import MAX_CASES

MAX_COMBINATIONS = 200
READABLE = (".txt", ".md", ".json", ".yaml", ".yml", ".j2")


class Configuration(NamedTuple):
    candidates: list[Candidate]
    cases: list[AskedCase]
    left_out: list[str]


def is_one(data: Any) -> bool:
    return isinstance(data, Mapping) and "prompts" in data and bool({"tests", "providers", "targets", "scenarios"} & data.keys())


def read(data: Mapping[str, Any], folder: Path | None) -> Configuration:
    """`folder`: where files that it names lie; None where none of them may be read."""
    told = [
        f"{name} of the configuration" for name in ("scenarios", "transform", "extensions", "redteam", "derivedMetrics") if data.get(name)
    ]
    listed = data["prompts"] if isinstance(data["prompts"], list) else [data["prompts"]]
    prompts = [prompt for number, one in enumerate(listed, 1) if (prompt := _prompt(one, number, folder, told))]
    providers = data.get("providers", data.get("targets", ""))
    named = providers if isinstance(providers, list) else [providers]
    models = [model for one in named if (model := _model(one, told)) is not None]
    candidates = [_candidate(label, turns, model) for label, turns in prompts for model in models]
    return Configuration(candidates, _cases(data, folder, told), told)


def _prompt(one: Any, number: int, folder: Path | None, told: list[str]) -> tuple[str, list[dict[str, str]]] | None:
    raw = one.get("raw", one.get("id", "")) if isinstance(one, Mapping) else one
    label = str(one.get("label", "")) if isinstance(one, Mapping) else ""
    text = plain(str(raw))
    if text.startswith("file://") or (("\n" not in text) and " " not in text and text.endswith((*READABLE, ".py", ".js"))):
        if (content := _file(text.removeprefix("file://"), folder)) is None:
            told.append(f"prompt {number}, which is in a file that isn’t read here ({quoted(text)})")
            return None
        label, text = label or text.removeprefix("file://"), content
    return label or f"prompt {number}", _turns(text)


def _turns(text: str) -> list[dict[str, str]]:
    """A chat in JSON or YAML, else one message of the user's."""
    stripped = text.strip()
    if stripped.startswith(("[", "- ")):
        try:
            value = json.loads(stripped) if stripped.startswith("[") else read_plain(stripped)
        except (ValueError, RecursionError, YamlProblem):
            value = None
        if chat_messages.are_messages(value):
            return [{"role": str(one.get("role", "user")), "text": str(one.get("content", ""))} for one in value]
    return [{"role": "user", "text": text}]


def _model(one: Any, told: list[str]) -> tuple[str, dict[str, Any]] | None:
    """Its name, which is asked of whichever provider of this site has it, and parameters."""
    if isinstance(one, Mapping) and "id" not in one and len(one) == 1:  # {"openai:gpt-5": {config}}
        ((name, rest),) = one.items()
        one = {"id": name, **(rest if isinstance(rest, Mapping) else {})}
    name = str(one.get("id", "")) if isinstance(one, Mapping) else str(one)
    if not name:
        return "", {}
    if name.startswith(("file://", "python:", "exec:", "http", "webhook", "browser")) or ":" not in name:
        told.append(f"the provider {quoted(name)}, which is no model")
        return None
    found = Found(name)
    if isinstance(one, Mapping) and isinstance(one.get("config"), Mapping):
        found.take_settings(dict(one["config"]))
    told += [f"{what} of the provider {quoted(name)}" for what in found.left_out]
    return name.rpartition(":")[2], found.parameters


def _candidate(label: str, turns: list[dict[str, str]], model: tuple[str, dict[str, Any]]) -> Candidate:
    name, parameters = model
    system = "\n\n".join(turn["text"] for turn in turns if turn["role"] in chat_messages.SYSTEM_ROLES)
    asked = [turn for turn in turns if turn["role"] not in chat_messages.SYSTEM_ROLES]
    wording = {**wording_of(None), "text": system, "model": name, "parameters": parameters}
    return Candidate(f"{label}{f', {name}' if name else ''}", wording, turns=asked)


def _cases(data: Mapping[str, Any], folder: Path | None, told: list[str]) -> list[AskedCase]:
    tests, usual = data.get("tests") or [], data.get("defaultTest") or {}
    if isinstance(tests, str) or (isinstance(tests, list) and tests and all(isinstance(one, str) for one in tests)):
        tests = [test for name in ([tests] if isinstance(tests, str) else tests) for test in _tests_in(name, folder, told)]
    usual = usual if isinstance(usual, Mapping) else {}
    found: list[AskedCase] = []
    for number, test in enumerate(tests if isinstance(tests, list) else [], 1):
        if not isinstance(test, Mapping):
            told.append(f"test {number}, which has no fields")
            continue
        found += _of_test(number, test, usual, told)
    if len(found) > MAX_CASES:
        told.append(f"the tests after the first {MAX_CASES:,}")
    return found[:MAX_CASES]


def _of_test(number: int, test: Mapping[str, Any], usual: Mapping[str, Any], told: list[str]) -> list[AskedCase]:
    values = {**_mapping(usual.get("vars")), **_mapping(test.get("vars"))}
    if files := [str(name) for name, value in values.items() if isinstance(value, str) and value.startswith("file://")]:
        told.append(f"test {number}: its variables {', '.join(files)} are in files of their own")
        return []
    written = [*_list(usual.get("assert")), *_list(test.get("assert"))]
    checks, problems = asserts.read(written)
    told += [f"test {number}: {problem}" for problem in problems]
    told += [f"test {number}: {name}" for name in ("options", "threshold", "provider") if test.get(name)]
    columns = [value if isinstance(value, list) else [value] for value in values.values()]
    made = []
    for place, row in enumerate(islice(product(*columns), MAX_COMBINATIONS)):
        variables = {str(name): one if isinstance(one, str) else json.dumps(one) for name, one in zip(values, row, strict=True)}
        said = str(test.get("description") or ", ".join(variables.values()) or f"Test {number}")
        made.append(AskedCase(f"{number}.{place}", " ".join(said.split())[:120], _asked(variables), variables, "", checks[:MAX_CHECKS]))
    return made


def _asked(variables: Mapping[str, str]) -> list[dict[str, str]]:
    """Where the case is put to a prompt of ours: the variable that reads like a question, or the last one."""
    name = next((name for name in plain_cases.QUESTIONS if name in variables), next(reversed(list(variables)), None))
    return [{"role": "user", "text": variables[name]}] if name and variables[name].strip() else []


def _tests_in(name: str, folder: Path | None, told: list[str]) -> list[Any]:
    content = _file(name.removeprefix("file://"), folder, (".csv", ".yaml", ".yml", ".json", ".jsonl"))
    if content is None:
        told.append(f"the tests in {quoted(name)}, which isn’t read here")
        return []
    if name.endswith(".csv"):
        read = plain_cases.of_table(content)
        told += read.left_out
        return [
            {"description": case.name, "vars": {**case.variables}, "assert": [_written(check) for check in case.checks]}
            for case in read.cases
        ]
    try:
        value = [json.loads(line) for line in content.splitlines() if line.strip()] if name.endswith(".jsonl") else read_plain(content)
    except (ValueError, RecursionError, YamlProblem):
        told.append(f"the tests in {quoted(name)}, which can’t be read")
        return []
    return value if isinstance(value, list) else []


def _written(check: Any) -> dict[str, Any]:
    return {"type": f"{'not-' if check.negated else ''}{check.kind}", "value": check.value}


def _file(name: str, folder: Path | None, kinds: tuple[str, ...] = READABLE) -> str | None:
    """A text beside the configuration, or below it; nothing else is read, and no program is."""
    if folder is None or not name.endswith(kinds):
        return None
    path = (folder / name).resolve()
    if not path.is_relative_to(folder.resolve()):
        return None
    try:
        return read_text(path)
    except FilesRefused:
        return None


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []
