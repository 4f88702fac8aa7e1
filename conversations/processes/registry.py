"""The replies that run in one process."""

from __future__ import annotations

import uuid
from collections.abc import Iterator

from conversations.generation.reply import Reply


class Registry:
    """By message. Reading is safe from any thread."""

    def __init__(self) -> None:
        self._replies: dict[uuid.UUID, Reply] = {}

    def __len__(self) -> int:
        return len(self._replies)

    def __iter__(self) -> Iterator[Reply]:
        return iter(list(self._replies.values()))

    def add(self, reply: Reply) -> None:
        self._replies[reply.id] = reply

    def remove(self, reply: Reply) -> None:
        """Drop it, unless a later run of the same message has taken its place."""
        if self._replies.get(reply.id) is reply:
            del self._replies[reply.id]

    def get(self, message_id: uuid.UUID) -> Reply | None:
        return self._replies.get(message_id)

    def in_conversation(self, conversation_id: uuid.UUID) -> list[Reply]:
        return [reply for reply in self if reply.conversation_id == conversation_id]

    def of_owner(self, owner_id: uuid.UUID) -> list[Reply]:
        return [reply for reply in self if reply.owner_id == owner_id]
