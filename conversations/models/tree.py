"""The shape of a conversation: which message follows which. Pure, over ids."""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Set as AbstractSet

Links = dict[uuid.UUID, "uuid.UUID | None"]


class Tree:
    """Built from every message's parent, oldest first, and those that are `void`: failed without a word, and nothing follows them."""

    def __init__(self, parents: Links, void: AbstractSet[uuid.UUID] = frozenset()) -> None:
        self.parents, self.void = parents, void
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
        """The alternatives at this place, itself included, oldest first. What is void is one only while it is shown itself."""
        return [one for one in self._children[self.parents[message]] if one == message or one not in self.void]

    def below(self, message: uuid.UUID) -> list[uuid.UUID]:
        """The message and all that follows it on any branch, each after its parent."""
        found = [message]
        for parent in found:
            found += self._children.get(parent, ())
        return found

    def latest_leaf(self, message: uuid.UUID | None) -> uuid.UUID | None:
        """Down from `message` (None: from the root) by the newest child at each step, and one that is void only where all are."""
        while children := self._children.get(message):
            message = next((one for one in reversed(children) if one not in self.void), children[-1])
        return message

    def superseded(self, leaf: uuid.UUID | None) -> set[uuid.UUID]:
        """What is void and has given way to another alternative, as long as `leaf` is what is shown."""
        return {one for one in self.void if one != leaf and one != self.latest_leaf(self.parents[one])}
