"""The watchers are listed from other threads, too, while pages come and go."""

from __future__ import annotations

import uuid
from typing import cast

from conversations.broadcast.hub import Hub, Watcher


class Followed:
    """While it is listed, other pages come: as from another thread, but each time."""

    closed = False

    def __init__(self, hub: Hub, topic: uuid.UUID) -> None:
        self.hub, self.topic = hub, topic
        self.is_followed = False

    def __hash__(self) -> int:
        if self.is_followed:
            self.is_followed = False
            for topic in (self.topic, uuid.uuid4()):
                self.hub.add(topic, cast(Watcher, Followed(self.hub, topic)))
        return id(self)


def test_all_are_listed_while_others_come() -> None:
    hub, topic = Hub(), uuid.uuid4()
    watchers = [Followed(hub, topic) for _ in range(3)]
    for watcher in watchers:
        hub.add(topic, cast(Watcher, watcher))
    for watcher in watchers:
        watcher.is_followed = True
    listed = hub.all_watchers()
    assert set(watchers) <= {cast(Followed, watcher) for watcher in listed}
