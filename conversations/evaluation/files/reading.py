"""A file of cases: CSV, JSON lines, YAML or JSON, or the tests of a Promptfoo configuration."""

from __future__ import annotations

import json
from typing import Any

from conversations.studio.files.problems import FilesRefused, Problem
from conversations.studio.files.safe_yaml import YamlProblem, read_plain
from conversations.studio.foreign.json_values import as_json

from . import plain_cases, promptfoo
from .plain_cases import Read

KINDS = (".csv", ".jsonl", ".yaml", ".yml", ".json")


def cases(name: str, text: str) -> Read:
    """By the end of its name. FilesRefused where nothing of it can be read."""
    text = text.removeprefix("\ufeff")
    if name.endswith(".csv"):
        read = plain_cases.of_table(text)
    elif name.endswith(".jsonl"):
        read = plain_cases.of_lines(text)
    else:
        data = values(name, text)
        read = Read(*promptfoo.read(data, None)[1:]) if promptfoo.is_one(data) else plain_cases.of_values(data)
    read = Read([case for case in read.cases if case.turns], read.left_out)
    if not read.cases:
        raise FilesRefused([Problem(name, 0, "; ".join(["There is no case in it", *read.left_out[:3]]) + ".")])
    return read


def values(name: str, text: str) -> Any:
    """What YAML or JSON says. FilesRefused."""
    try:
        return as_json(json.loads(text) if name.endswith(".json") else read_plain(text))
    except YamlProblem as problem:
        raise FilesRefused([Problem(name, problem.line + 1, problem.sentence)]) from problem
    except json.JSONDecodeError as error:
        raise FilesRefused([Problem(name, error.lineno, f"This is no JSON: {error.msg}.")]) from error
    except (RecursionError, ValueError) as error:
        raise FilesRefused([Problem(name, 1, "This can’t be read: too deep, or no such number.")]) from error
