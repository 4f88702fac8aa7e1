"""The demo's questions and answers."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple


class Turn(NamedTuple):
    question: str
    answer: str


class Topic(NamedTuple):
    title: str
    prompt: str
    """The slug of the prompt that answers."""
    turns: list[Turn]


def topics() -> list[Topic]:
    """From topics.md: “# title | prompt”, then “>> question” lines, each followed by its answer."""
    found: list[Topic] = []
    for line in (Path(__file__).parent / "topics.md").read_text().splitlines():
        if line.startswith("# ") and " | " in line:
            title, prompt = line[2:].split(" | ")
            found.append(Topic(title, prompt, []))
        elif line.startswith(">> "):
            found[-1].turns.append(Turn(line[3:], ""))
        elif found and found[-1].turns:
            turn = found[-1].turns[-1]
            found[-1].turns[-1] = Turn(turn.question, f"{turn.answer}{line}\n")
    return [Topic(topic.title, topic.prompt, [Turn(turn.question, turn.answer.strip()) for turn in topic.turns]) for topic in found]
