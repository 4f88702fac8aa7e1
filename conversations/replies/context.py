"""What the model is given: the system prompt and the conversation's path, trimmed to the window. Synchronous; reads the database."""

from __future__ import annotations

import hashlib
import uuid

from django.conf import settings

from conversations.models import Message, Role, Tree, parent_links
from conversations.providers.request import Turn

CONTINUE = (
    "Go on from exactly where your last message stops. Do not repeat any of it, do not greet, do not comment: write only what comes next."
)


def turns(reply: Message) -> list[Turn]:
    """The path up to the question that `reply` answers; with what it said already, where it is to go on."""
    path = Tree(parent_links(reply.conversation_id)).path(reply.parent_id)
    by_id = Message.objects.in_bulk(path)
    spoken = [Turn("user" if message.role == Role.USER else "assistant", _words(message)) for message in (by_id[pk] for pk in path)]
    if reply.parts:
        spoken += [Turn("assistant", _words(reply)), Turn("user", CONTINUE)]
    return alternating(spoken)


def _words(message: Message) -> str:
    return "".join(part["text"] for part in message.parts if part.get("type") in ("text", "refusal"))


def alternating(spoken: list[Turn]) -> list[Turn]:
    """Without empty messages, and with neighbours of one role joined: many chat templates refuse anything else."""
    result: list[Turn] = []
    for turn in spoken:
        if not turn.text.strip():
            continue
        if result and result[-1].role == turn.role:
            result[-1] = Turn(turn.role, f"{result[-1].text}\n\n{turn.text}")
        else:
            result.append(turn)
    return result


def estimated_tokens(text: str) -> int:
    """A rough count that needs no vocabulary: four bytes a token, and three for the message around it."""
    return len(text.encode("utf-8", "replace")) // 4 + 3


def trimmed(spoken: list[Turn], system: str, window: int, answer: int | None) -> list[Turn]:
    """The latest turns that fit into `window` tokens beside the system prompt and `answer` tokens of answer.

    The last turn always stays, and what stays begins with the person's words.
    """
    room = window - estimated_tokens(system) - min(answer or 1024, window // 3)
    kept: list[Turn] = []
    for turn in reversed(spoken):
        room -= estimated_tokens(turn.text)
        if kept and room < 0:
            break
        kept.append(turn)
    kept.reverse()
    while len(kept) > 1 and kept[0].role != "user":
        kept.pop(0)
    return kept


def person(owner_id: uuid.UUID) -> str:
    """A name for the person that the provider can't trace back."""
    return hashlib.blake2b(str(owner_id).encode(), key=settings.SECRET_KEY.encode()[:64], digest_size=16).hexdigest()
