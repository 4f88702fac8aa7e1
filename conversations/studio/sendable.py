"""Whether a wording can be sent once it is a version: every name in it is known, and every fragment is there. Asks the database."""

from __future__ import annotations

from conversations.rendering import fragments, text, values
from conversations.rendering.fragments import Library
from conversations.rendering.syntax import may_hold_names
from conversations.rendering.text import Problem

from .wording import Wording, texts_of


class NotSendable(Exception):
    def __init__(self, problems: list[Problem]) -> None:
        super().__init__(" ".join(map(str, problems)))
        self.problems = problems


def problems(wording: Wording, library: Library | None = None) -> list[Problem]:
    """`library`: fragments in place of those that are stored."""
    texts = texts_of(wording)
    if not any(map(may_hold_names, texts)):
        return []
    names, found = values.names(wording["variables"]), fragments.library(texts, given=library)
    told = text.problems(texts[0], names, found)
    for number, example in enumerate(texts[1:], 1):
        told += [one._replace(sentence=f"in example message {number}: {one.sentence}") for one in text.problems(example, names, found)]
    return told


def require(wording: Wording) -> None:
    """Raises NotSendable."""
    if told := problems(wording):
        raise NotSendable(told)
