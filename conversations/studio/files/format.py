"""The format of a prompt's or a fragment's file: YAML front matter between two lines of `---`, an empty line, the text, and a line end."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, NamedTuple

from conversations.studio.checks import plain

from .problems import Problem
from .safe_yaml import Value, YamlProblem, read_mapping, write_mapping, write_plain

MARK = "---"
_BASE = re.compile(r"^base:.*\n", re.MULTILINE)


class Parts(NamedTuple):
    head: dict[str, Value]
    """With lines counted in the file, from 1."""
    text: str
    text_line: int
    """Where it begins."""


class FormatProblem(Exception):
    def __init__(self, line: int, sentence: str) -> None:
        super().__init__(sentence)
        self.line, self.sentence = line, sentence

    def of(self, file: str) -> Problem:
        return Problem(file, self.line, self.sentence)


def split(content: str) -> Parts:
    """FormatProblem where there is no front matter, or none that can be read."""
    content = plain(content.removeprefix("\ufeff"))
    head, text, text_line = _cut(content)
    if content.split("\n")[text_line - 1 : text_line] == [""]:
        text_line += 1
    try:
        values = read_mapping(head)
    except YamlProblem as problem:
        raise FormatProblem(problem.line + 2, problem.sentence) from problem
    return Parts({name: _moved(value) for name, value in values.items()}, text, text_line)


def render(head: Mapping[str, Any], text: str, base: str = "") -> str:
    written = write_plain({**head, "base": base} if base else dict(head))
    return f"{MARK}\n{written}{MARK}\n\n{text}\n"


def rebased(content: str, base: str) -> str | None:
    """The file with this `base`, and otherwise as it was written, comments included. None where that can't be put into it."""
    content = plain(content.removeprefix("\ufeff"))
    head, _, text_line = _cut(content)
    line = write_mapping({"base": base})
    changed = _BASE.sub(lambda _: line, head, count=1) if _BASE.search(head) else head + line
    lines = content.split("\n")
    written = "\n".join([lines[0], *changed.removesuffix("\n").split("\n"), *lines[text_line - 2 :]])
    try:
        found = split(written).head.get("base")
    except FormatProblem:  # it was written as {name: …}
        found = None
    return written if found and found.value == base else None


def _cut(content: str) -> tuple[str, str, int]:
    """The front matter, the text, and the line that follows the front matter's end, from 1."""
    lines = content.split("\n")
    if lines[0].rstrip() != MARK:
        raise FormatProblem(1, f"A prompt’s file begins with a line of “{MARK}”, then “name: …”.")
    end = next((number for number, line in enumerate(lines[1:], 1) if line.rstrip() == MARK), None)
    if end is None:
        raise FormatProblem(1, f"The front matter has no end: a line of “{MARK}” closes it.")
    text = "\n".join(lines[end + 1 :])
    text = text.removeprefix("\n").removesuffix("\n")
    return "".join(f"{line}\n" for line in lines[1:end]), text, end + 2


def _moved(value: Value) -> Value:
    inner = value.value
    if isinstance(inner, dict):
        inner = {name: _moved(one) if isinstance(one, Value) else one for name, one in inner.items()}
    return Value(inner, value.line + 2)
