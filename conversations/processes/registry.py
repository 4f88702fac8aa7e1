"""The replies that run in one process."""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Iterator

from conversations.generation.reply import Reply


class Registry:
    """By message. Reading is safe from any thread."""

    def __init__(self) -> None:
        self._replies: dict[uuid.UUID, Reply] = {}
        self._of_owners: defaultdict[uuid.UUID, set[Reply]] = defaultdict(set)

    def __len__(self) -> int:
        return len(self._replies)

    def __iter__(self) -> Iterator[Reply]:
        return iter(list(self._replies.values()))

    def add(self, reply: Reply) -> None:
        if (earlier := self._replies.get(reply.id)) is not None:
            self._forget_owner(earlier)
        self._replies[reply.id] = reply
        self._of_owners[reply.owner_id].add(reply)

    def remove(self, reply: Reply) -> None:
        """Drop it, unless a later run of the same message has taken its place."""
        if self._replies.get(reply.id) is reply:
            del self._replies[reply.id]
            self._forget_owner(reply)

    def get(self, message_id: uuid.UUID) -> Reply | None:
        return self._replies.get(message_id)

    def in_conversation(self, conversation_id: uuid.UUID) -> list[Reply]:
        return [reply for reply in self if reply.conversation_id == conversation_id]

    def of_owner(self, owner_id: uuid.UUID) -> list[Reply]:
        return list(self._of_owners.get(owner_id, ()))

    def _forget_owner(self, reply: Reply) -> None:
        those = self._of_owners[reply.owner_id]
        those.discard(reply)
        if not those:
            del self._of_owners[reply.owner_id]
