"""The shape of a conversation: which message follows which. Pure, over ids."""

from __future__ import annotations

import uuid
from collections import defaultdict

Links = dict[uuid.UUID, "uuid.UUID | None"]


class Tree:
    """Built from every message's parent, oldest first."""

    def __init__(self, parents: Links) -> None:
        self.parents = parents
        self._children: dict[uuid.UUID | None, list[uuid.UUID]] = defaultdict(list)
        for child, parent in parents.items():
            self._children[parent].append(child)

    def path(self, leaf: uuid.UUID | None) -> list[uuid.UUID]:
        """From the root to `leaf`; empty for None or an unknown id."""
        path: list[uuid.UUID] = []
        while leaf is not None and leaf in self.parents:
            path.append(leaf)
            leaf = self.parents[leaf]
        return path[::-1]

    def siblings(self, message: uuid.UUID) -> list[uuid.UUID]:
        """The alternatives at this place, itself included, oldest first."""
        return self._children[self.parents[message]]

    def below(self, message: uuid.UUID) -> list[uuid.UUID]:
        """The message and all that follows it on any branch, each after its parent."""
        found = [message]
        for parent in found:
            found += self._children.get(parent, ())
        return found

    def latest_leaf(self, message: uuid.UUID | None) -> uuid.UUID | None:
        """Down from `message` (None: from the root) by the newest child at each step."""
        while children := self._children.get(message):
            message = children[-1]
        return message
