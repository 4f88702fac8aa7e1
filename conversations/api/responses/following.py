"""The events of a stored response, from wherever its caller left off, until it ends."""

from __future__ import annotations

import logging
from collections.abc import AsyncGenerator, Iterator, Sequence
from contextlib import aclosing
from decimal import Decimal
from typing import Any, Literal, NamedTuple

from conversations.generation.unstored_answer import Ended
from conversations.models import Message, Status, User
from conversations.models.function_parts import CALL
from conversations.processes.supervisor import Supervisor
from conversations.providers.errors import ProviderError
from conversations.providers.parts import Call, Delta, Kind
from conversations.rendering.told import INSTRUCTIONS

from . import document, reply_frames
from .document import Document
from .events import Events
from .listener import Listener

log = logging.getLogger(__name__)

KEEP_ALIVE = b": \n\n"


def of_message(message: Message) -> Document:
    """The response that a stored reply is. It is loaded with its version's prompt."""
    version = message.prompt_version
    model = version.prompt.slug if version else message.model
    return Document(model, _asked(message), f"resp_{message.pk.hex}", created=message.created, conversation=message.conversation_id.hex)


def _asked(message: Message) -> dict[str, Any]:
    """What its request said, as far as it is kept."""
    asked = message.asked
    given = {**asked.get("parameters", {})}
    effort = given.pop("reasoning_effort", None)
    instructions = (message.filled_in or {}).get(INSTRUCTIONS)
    return {
        **given,
        **asked.get("tools", {}),
        "text": asked.get("text"),
        "previous_response_id": asked.get("previous"),
        "background": asked.get("background"),
        "reasoning": {"effort": effort, "summary": None} if effort else None,
        "metadata": message.asked.get("metadata"),
        "instructions": instructions,
    }


def ended(message: Message) -> Ended:
    """How a reply that does not run any more ended."""
    status, error = Status(message.status), None
    if status in (Status.FAILED, Status.INTERRUPTED):
        error = ProviderError(message.error_kind or "interrupted")
    return Ended(status, message.parts, error, message.finish_reason, message.model, message.note, message.usage, Decimal(0), None, 0.0, 0)


def shown(message: Message) -> dict[str, object]:
    """The response as it is now."""
    response = of_message(message)
    return response.in_progress(message.parts) if message.is_running else response.whole(ended(message), message.parts)


async def events(supervisor: Supervisor, user: User, message: Message, listener: Listener, after: int = -1) -> AsyncGenerator[bytes]:
    """Those after number `after`. `listener` watches the conversation already. Leaving it ends nothing."""
    response = of_message(message)
    written = Events(response.id, after)
    try:
        yield written.beginning(response.in_progress())
        async with aclosing(steps(supervisor, user, message, listener)) as heard:
            async for step in heard:
                if isinstance(step, Delta):
                    yield written.said(step.kind, step.text, step.call)
                elif isinstance(step, Beside) and step.kind == "source":
                    written.cites(step.fields)
                elif step is None:
                    yield KEEP_ALIVE
                elif isinstance(step, Message):
                    message = step
        how = ended(message)
        yield written.close(document.item_status_of(how))
        yield written.end(response.whole(how, message.parts))
    except Message.DoesNotExist:
        log.info("Response %s was deleted while it was followed", response.id)
        yield written.error("not_found", "The response was deleted.")
    finally:  # also where the steps have not begun
        listener.leave()


async def steps(
    supervisor: Supervisor, user: User, message: Message, listener: Listener
) -> AsyncGenerator[Delta | Beside | Message | None]:
    """What a reply says from its beginning, and what comes beside it, as it comes; None where it says nothing for a while; and last the
    reply as it ended.

    `listener` watches the conversation already, and leaves it at the end. Raises Message.DoesNotExist where the reply was deleted.
    """
    heard = Heard()
    async with aclosing(reply_frames.until_end(supervisor, user, message, listener)) as frames:
        async for frame in frames:
            if frame is None:
                yield None
            elif isinstance(frame, Message):
                for new in heard.rest(frame.parts):
                    yield new
                yield frame
            elif frame["type"] == "delta":
                yield heard.more(frame["kind"], frame["text"], frame.get("call"))
            elif frame["type"] == "snapshot":
                for new in heard.rest(frame["parts"]):
                    yield new


class Beside(NamedTuple):
    """What an answer has beside its text: a picture that the assistant drew, as a message's part has it, or a page that the text cites."""

    kind: Literal["picture", "source"]
    key: str
    """By which it is known again."""
    fields: dict[str, Any]


def _beside(part: dict[str, Any]) -> Iterator[Beside]:
    if part["type"] == "image" and "file" in part and "deleted" not in part:
        yield Beside("picture", part["file"], part)
    for source in part.get("sources", ()):
        yield Beside("source", source["url"], source)


class Heard:
    """What of a reply was told: how many characters, and what beside them."""

    def __init__(self) -> None:
        self._told = 0
        self._beside: set[str] = set()

    def more(self, kind: Kind, text: str, call: dict[str, Any] | None = None) -> Delta:
        """`call`: has the `id` and `name` of the call that begins with it."""
        self._told += len(text)
        return Delta(kind, text, Call(call["id"], call["name"]) if call else None)

    def rest(self, parts: Sequence[dict[str, Any]]) -> Iterator[Delta | Beside]:
        """What of a whole answer so far wasn't told yet."""
        told = self._told
        for part in parts:
            text = part.get("text", "")
            if new := text[told:]:
                begins = part["type"] == CALL and told == 0
                yield self.more(part["type"], new, part if begins else None)
            told = max(0, told - len(text))
            for beside in _beside(part):
                if beside.key not in self._beside:
                    self._beside.add(beside.key)
                    yield beside


async def until_ended(supervisor: Supervisor, user: User, message: Message, listener: Listener) -> Message:
    """The reply when it has ended. Raises Message.DoesNotExist where it was deleted."""
    async for frame in reply_frames.until_end(supervisor, user, message, listener):
        if isinstance(frame, Message):
            message = frame
    return message
