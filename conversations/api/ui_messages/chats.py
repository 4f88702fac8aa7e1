"""A chat of the AI SDK as a conversation of the token's user. Synchronous.

The client gives a chat its id, and each message of the user's; answers have those of stored responses. What a client sends again is found
by ids that follow from those, and from the token: so nothing is made twice, and no other token finds it.
"""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from functools import cached_property
from itertools import chain, pairwise
from typing import Any, NamedTuple

from conversations.api import errors
from conversations.api.authentication import Caller
from conversations.api.errors import ApiError
from conversations.api.fields import wrong
from conversations.api.responses import stored, stored_messages
from conversations.api.responses.stored_messages import Kept
from conversations.commands import exchange
from conversations.commands.execute import Command
from conversations.commands.program_request import ProgramRequest
from conversations.models import Message, Role, function_parts, tree_of
from conversations.models.identifiers import new_id
from conversations.models.storable import fitting

from . import shown, steps
from .addresses import Addresses
from .shown import OURS, OURS_ASKED


class Asked(NamedTuple):
    """A command of the page that makes an answer."""

    command: Command
    request_id: uuid.UUID
    given: dict[str, Any]


class Chat:
    """`asked`: what the page says with one request, such as its functions that the model may call."""

    def __init__(self, caller: Caller, chat_id: str, asked: ProgramRequest | None = None) -> None:
        if not chat_id or "\0" in chat_id:
            raise wrong("id", "the id of a chat")
        self._caller, self._id = caller, chat_id
        self._asked = asked or ProgramRequest()

    def running(self) -> Message | None:
        """The answer that is being written."""
        if self._opening is None:
            return None
        answers = Message.objects.of(self._caller.user).running().filter(conversation=self._opening.conversation_id)
        return answers.filter(role=Role.ASSISTANT, token=self._caller.token.pk).order_by("-pk").first()

    def sent(self, before: Sequence[dict[str, Any]], message_id: str, text: str, **given: Any) -> Asked:
        """A message that follows the last answer in `before`; the first one again where its text was changed. Its files come later.

        Messages that are not stored, such as a page's greeting, are passed over. Raises ApiError.
        """
        given |= {"text": text, **self._asked_with}
        previous = next((str(one.get("id")) for one in reversed(before) if one.get("role") == "assistant"), "")
        request_id = self._request_id(message_id, text)
        if previous.startswith(OURS):
            answer = steps.after(stored.one(self._caller, previous))[-1]
            return Asked(exchange.send, request_id, {"conversation_id": answer.conversation_id, "parent_id": answer.pk, **given})
        if self._opening is None:
            return Asked(exchange.send, self._opening_id, {"conversation_id": None, "parent_id": None, **given})
        if any(one.get("role") == "user" for one in before):
            return Asked(exchange.send, request_id, {"conversation_id": self._opening.conversation_id, "parent_id": None, **given})
        if self._opening.text == text.strip("\n"):
            return Asked(exchange.send, self._opening_id, {"conversation_id": None, "parent_id": None, **given})
        self._require_assistant(self._opening)
        changed = {"text": text, **self._asked_with}
        return Asked(exchange.edit, request_id, {"message_id": self._opening.pk, **changed})

    def answered(self, answer_id: str, results: Sequence[tuple[str, str]], name: str) -> Asked:
        """What functions gave back that an answer called, by the ids of their calls. Raises ApiError."""
        if not answer_id.startswith(OURS) or not results:
            raise wrong(name, "a message of the user, or an answer that is stored, with the results of its calls")
        answer = steps.calling(steps.after(stored.one(self._caller, answer_id)), (key for key, _ in results))
        self._require_assistant(answer)
        given = tuple(function_parts.result(fitting(key), "", fitting(text)) for key, text in results)
        (message,) = stored_messages.answered([Kept(Role.USER, "", results=given)], answer)
        request_id = self._request_id(answer.pk.hex, "\0".join(chain.from_iterable(results)))
        where = {"conversation_id": answer.conversation_id, "parent_id": answer.pk, "prompt": None}
        return Asked(
            exchange.send, request_id, {**where, "text": "", **self._asked_with, "asked": self._asked._replace(results=message.results)}
        )

    def messages(self, addresses: Addresses) -> list[dict[str, Any]]:
        """What was asked and answered with the token, on the branch that is shown. An answer that is being written comes by its stream."""
        if self._opening is None:
            return []
        tree = tree_of(self._opening.conversation_id)
        path = tree.path(self._opening.conversation.leaf_id or tree.latest_leaf(None))
        found = Message.objects.of(self._caller.user).in_bulk(path)
        pairs = [
            (question, answer)
            for question, answer in pairwise(found[key] for key in path if key in found)
            if answer.token_id == self._caller.token.pk
        ]
        return shown.messages(pairs, addresses)

    def regenerated(self, message_id: str, text: str) -> Asked:
        """Another answer to a message. Raises ApiError where it is not stored."""
        asked = Message.objects.of(self._caller.user).filter(role=Role.USER)
        if message_id.startswith(OURS_ASKED):
            key = _key(message_id)
            question = asked.filter(pk=key).first() if key else None
        else:
            questions = asked.filter(request_id__in=[self._opening_id, self._request_id(message_id, text)]).order_by("-pk")
            question = next((one for one in questions if one.text == text.strip("\n")), None)
        answer = question and question.children.filter(token=self._caller.token.pk).order_by("-pk").first()
        if answer is None:
            raise errors.not_found("There is no answer to this message that could be made again.")
        self._require_assistant(answer)
        return Asked(exchange.regenerate, new_id(), {"message_id": answer.pk, **self._asked_with})

    def _require_assistant(self, message: Message) -> None:
        """What names no assistant is asked of the conversation's, which its user may have changed in the page. Raises ApiError."""
        if (limited_to := self._caller.prompts) is not None and message.conversation.prompt_id not in limited_to:
            raise ApiError(403, "This chat goes on with an assistant that this token may not use.", code="forbidden")

    @property
    def _asked_with(self) -> dict[str, Any]:
        """What each command is given."""
        return {"token_id": self._caller.token.pk, "asked": self._asked}

    @cached_property
    def _opening(self) -> Message | None:
        """The chat's first message."""
        return Message.objects.of(self._caller.user).select_related("conversation").filter(request_id=self._opening_id).first()

    @property
    def _opening_id(self) -> uuid.UUID:
        return uuid.uuid5(self._caller.token.pk, f"chat {self._id}")

    def _request_id(self, message_id: str, text: str) -> uuid.UUID:
        return uuid.uuid5(self._caller.token.pk, "\0".join((f"chat {self._id}", message_id, text)))


def _key(message_id: str) -> uuid.UUID | None:
    try:
        return uuid.UUID(hex=message_id.removeprefix(OURS_ASKED))
    except ValueError:
        return None
