"""What a program says with one request of an answer that is stored, beside the message: it counts for that answer alone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from conversations.models import Conversation, File, Message, Role, User
from conversations.models.messages import ASKED
from conversations.rendering.told import INSTRUCTIONS

from . import attachments


class Earlier(NamedTuple):
    """A message that comes before the question, and is stored with it."""

    role: Role
    parts: Sequence[dict[str, Any]]
    """But for those of its files."""
    files: Sequence[Any] = ()
    """Their ids."""


class ProgramRequest(NamedTuple):
    instructions: str = ""
    """They come after the assistant's."""
    parameters: Mapping[str, Any] = {}
    """They count before the assistant's."""
    metadata: Mapping[str, str] = {}
    """Kept for the program."""
    tools: Mapping[str, Any] = {}
    """The functions that the model may call, as `providers.tools.responses` writes them."""
    text: Mapping[str, Any] = {}
    """The format of the answer, as Responses has it."""
    previous: str = ""
    """The response that it follows, as the program names it."""
    results: Sequence[dict[str, Any]] = ()
    """Parts of the question: what functions gave back that were called before."""
    pictures: bool = False
    """It shows those that the assistant draws."""
    earlier: Sequence[Earlier] = ()
    background: bool = False
    """It was not waited for."""

    def filled_in(self, known: dict[str, Any] | None) -> dict[str, Any] | None:
        """What the reply is told with, by what is put into its prompt."""
        return {**(known or {}), INSTRUCTIONS: self.instructions} if self.instructions else known

    def asked_with(self, parameters: Mapping[str, Any]) -> dict[str, Any]:
        """The reply's parameters, by those of its assistant."""
        names = ("parameters", "metadata", "tools", "text", "previous", "pictures", "background")
        kept = {name: value for name in names if (value := getattr(self, name))}
        return {**parameters, **self.parameters, **({ASKED: kept} if kept else {})}

    def messages(self, user: User, conversation: Conversation, parent: Message | None) -> list[tuple[Message, list[File]]]:
        """Those that come earlier, each after the one before, with their files. Not saved yet. Raises Refused."""
        made: list[tuple[Message, list[File]]] = []
        for one in self.earlier:
            held = attachments.taken(user, one.files)
            parts = [*(attachments.part(file) for file in held), *one.parts]
            parent = Message(conversation=conversation, owner_id=conversation.owner_id, parent=parent, role=one.role, parts=parts)
            made.append((parent, held))
        return made
