"""Cases that are made from elsewhere: from a message of a conversation, and from files."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import NamedTuple

from django.db import transaction

from conversations.models import Case, Message, Role, SystemPrompt, Tree, User, parent_links
from conversations.models.message_content import described
from conversations.models.storable import fitting

from .anonymising import Anonymiser
from .candidate import AskedCase

MAX_NAME_CHARACTERS = 120
MAX_VARIABLE_CHARACTERS = 60


class Proposed(NamedTuple):
    question: Message
    turns: list[dict[str, str]]
    expected: str
    """What was answered, where it was."""
    replaced: dict[str, str]


def from_message(message: Message) -> Proposed | None:
    """The conversation up to the question that the message is or answers, without what says whose it is. None where there is none."""
    question = message if message.role == Role.USER else message.parent
    if question is None or question.role != Role.USER:
        return None
    owner = message.owner
    names = Anonymiser([owner.username, owner.first_name, owner.last_name, owner.get_full_name()])
    path = Tree(parent_links(message.conversation_id)).path(question.pk)
    said = Message.objects.in_bulk(path)
    turns = [
        {"role": "user" if one.role == Role.USER else "assistant", "text": text}
        for key in path
        if (one := said.get(key)) and (text := names.without(described(one)).strip())
    ]
    expected = names.without(message.answer) if message.role == Role.ASSISTANT else ""
    return Proposed(question, turns, expected, names.replaced)


def storable(case: AskedCase) -> AskedCase:
    """Without what JSON and YAML can write, but no database keeps."""
    return replace(
        case,
        name=fitting(case.name),
        turns=[{**turn, "text": fitting(turn["text"])} for turn in case.turns],
        variables={fitting(name, MAX_VARIABLE_CHARACTERS): fitting(str(said)) for name, said in case.variables.items()},
        expected=fitting(case.expected),
        tags=[fitting(tag) for tag in case.tags],
        checks=[check._replace(value=fitting(check.value)) for check in case.checks],
    )


@transaction.atomic
def take(prompt: SystemPrompt, cases: Iterable[AskedCase], author: User) -> tuple[int, int]:
    """Make them cases of the prompt. Returns how many were made, and how many were there already, word by word."""
    there = [(case.name, case.turns, case.variables, case.checks) for case in prompt.cases.all()]
    made = known = 0
    for one in map(storable, cases):
        checks = [check.stored() for check in one.checks]
        if (one.name, one.turns, one.variables, checks) in there:
            known += 1
            continue
        Case.objects.create(
            prompt=prompt,
            name=one.name[:MAX_NAME_CHARACTERS],
            turns=one.turns,
            variables=one.variables,
            expected=one.expected,
            tags=one.tags,
            checks=checks,
            author=author,
        )
        made += 1
    return made, known
