"""Delivers what is published to the watchers of a topic, which is the id of a conversation or of a user.

Watchers of this process are called directly. Where there are more processes, a bridge carries what is published to theirs.
"""

from __future__ import annotations

import asyncio
import contextlib
import uuid
from collections.abc import Callable
from contextvars import Context
from typing import TYPE_CHECKING, Protocol

from .frames import Frame, encode

if TYPE_CHECKING:
    from .redis_bridge import RedisBridge

Topic = uuid.UUID
RECHECK, SIGNED_OUT = "recheck", "signed_out"
"""Kinds of messages that the bridge carries beside frames; a frame's kind is its type."""


class Watcher(Protocol):
    loop: asyncio.AbstractEventLoop
    closed: bool
    """Whether it has ended: it is not added to any topic any more."""

    def deliver(self, frame: str) -> None:
        """Take one encoded frame, at once and without raising. Called on the watcher's loop."""

    def watch(self, topic: Topic) -> None:
        """`add` itself to the topic, unless it has ended, and remember to remove itself. Called on the watcher's loop."""

    def recheck(self) -> None:
        """Check that the user may still watch. Called on the watcher's loop."""

    def signed_out(self, session: str) -> None:
        """Close if this session (its digest) is the watcher's. Called on the watcher's loop."""

    def frames_missed(self) -> None:
        """Frames of other processes may not have come here for a while. Called on the watcher's loop."""


class Hub:
    """The watchers of one process. Everything is called on its event loop, unless it says otherwise."""

    def __init__(self) -> None:
        self._watchers: dict[Topic, set[Watcher]] = {}
        self._bridge: RedisBridge | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._streaming: set[Topic] = set()  # conversations in which a reply runs here
        self._watched_by_others: set[Topic] = set()  # those of them that other processes watch: they get every delta

    def connect(self, bridge: RedisBridge | None) -> None:
        """Carry what is published over this bridge from now on; None: over none."""
        self._bridge, self._loop = bridge, asyncio.get_running_loop()
        self._watched_by_others.clear()
        if bridge is not None:
            for topic in self._watchers:
                bridge.subscribe(topic)

    def add(self, topic: Topic, watcher: Watcher) -> None:
        if watcher.closed:
            return
        if topic not in self._watchers and self._bridge is not None:
            self._bridge.subscribe(topic)
        self._watchers.setdefault(topic, set()).add(watcher)

    def remove(self, topic: Topic, watcher: Watcher) -> None:
        if (watchers := self._watchers.get(topic)) is not None:
            watchers.discard(watcher)
            if not watchers:
                del self._watchers[topic]
                if self._bridge is not None:
                    self._bridge.unsubscribe(topic)

    def watchers_of(self, topic: Topic) -> tuple[Watcher, ...]:
        """Safe from any thread."""
        return tuple(self._watchers.get(topic, ()))

    def all_watchers(self) -> set[Watcher]:
        """Safe from any thread: what may change meanwhile is copied first."""
        return {watcher for watchers in list(self._watchers.values()) for watcher in tuple(watchers)}

    def publish(self, topic: Topic, event: Frame) -> None:
        """Deliver to all watchers of `topic`, in every process. The frame is encoded once."""
        frame = encode(event)
        self.deliver_here(topic, frame)
        self._carry(topic, event["type"], frame.encode())

    def publish_streamed(self, conversation: Topic, event: Frame) -> None:
        """The same for a frame of a running reply: it costs nothing without watchers, and Redis nothing where other processes have none."""
        watchers = self._watchers.get(conversation)
        watched_by_others = conversation in self._watched_by_others
        if not watchers and not watched_by_others:
            return
        frame = encode(event)
        if watchers:
            for watcher in tuple(watchers):
                watcher.deliver(frame)
        if watched_by_others:
            self._carry(conversation, event["type"], frame.encode())

    def streaming_begins(self, conversation: Topic) -> None:
        """A reply runs in it here. Other processes may have watchers: they get every delta until Redis reports that they have none."""
        self._streaming.add(conversation)
        self.watched_by_others(conversation)

    def watched_by_others(self, conversation: Topic) -> None:
        """Another process has watchers of this conversation: it gets every delta, as long as it has any."""
        if self._bridge is not None:
            self._watched_by_others.add(conversation)

    def streaming_ends(self, conversation: Topic) -> None:
        """No reply runs in it here any more."""
        self._streaming.discard(conversation)
        self._watched_by_others.discard(conversation)

    def deliver_here(self, topic: Topic, frame: str) -> None:
        """Deliver to the watchers of this process only."""
        for watcher in self.watchers_of(topic):
            watcher.deliver(frame)

    def publish_from_thread(self, topic: Topic, event: Frame) -> None:
        """As `publish`, from synchronous code such as a view."""
        frame = encode(event)
        for watcher in self.watchers_of(topic):
            _on_its_loop(watcher, watcher.deliver, frame)
        self._carry_from_thread(topic, event["type"], frame.encode())

    def recheck(self, user: Topic) -> None:
        """Have every socket of the user check that it may stay open. Safe from any thread."""
        self.recheck_here(user)
        self._carry_from_thread(user, RECHECK, b"")

    def recheck_here(self, user: Topic) -> None:
        for watcher in self.watchers_of(user):
            _on_its_loop(watcher, watcher.recheck)

    def signed_out(self, user: Topic, session: str) -> None:
        """Close the user's sockets that were opened in this session (its digest: keys stay in their process). Safe from any thread."""
        self.signed_out_here(user, session)
        self._carry_from_thread(user, SIGNED_OUT, session.encode())

    def signed_out_here(self, user: Topic, session: str) -> None:
        for watcher in self.watchers_of(user):
            _on_its_loop(watcher, watcher.signed_out, session)

    def _carry(self, topic: Topic, kind: str, payload: bytes) -> None:
        """Redis reports how many processes received it: so this one learns whether others have watchers, and when they have none."""
        bridge = self._bridge
        if bridge is None or not bridge.connected:
            return
        ours = bridge.is_subscribed(topic)

        def received(connections: int) -> None:
            if connections > int(ours):
                if topic in self._streaming:
                    self._watched_by_others.add(topic)
            elif bridge.is_subscribed(topic) == ours:  # otherwise it is unclear whether we were counted; the next frame will show
                self._watched_by_others.discard(topic)

        bridge.publish(topic, kind, payload, received)

    def _carry_from_thread(self, topic: Topic, kind: str, payload: bytes) -> None:
        if self._bridge is not None and self._loop is not None:
            with contextlib.suppress(RuntimeError):  # the loop has ended
                self._loop.call_soon_threadsafe(self._carry, topic, kind, payload, context=Context())


def _on_its_loop(watcher: Watcher, call: Callable[..., None], *args: object) -> None:
    with contextlib.suppress(RuntimeError):  # its loop has ended, and the socket with it
        # An empty context: the thread's own would make asgiref believe that its executor is still busy with us.
        watcher.loop.call_soon_threadsafe(call, *args, context=Context())
