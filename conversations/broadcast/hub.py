"""Who wants to hear of what. A topic is the id of a conversation or of a person.

Those of this process are told directly. Where there are more processes, a bridge carries what is published to theirs.
"""

from __future__ import annotations

import asyncio
import contextlib
import uuid
from collections.abc import Callable
from contextvars import Context
from typing import TYPE_CHECKING, Protocol

from conversations.processes import registry

from .events import Event, encode

if TYPE_CHECKING:
    from .redis_bridge import Bridge

Topic = uuid.UUID
RECHECK, SIGNED_OUT = b"recheck", b"signed out:"


class Watcher(Protocol):
    loop: asyncio.AbstractEventLoop
    gone: bool
    """Whether it has ended: it is not added to anything any more."""

    def deliver(self, frame: str) -> None:
        """Take one encoded frame, at once and without raising. Called on the watcher's loop."""

    def watch(self, topic: Topic) -> None:
        """`add` itself to the topic, unless it has ended, and remember to leave it. Called on the watcher's loop."""

    def recheck(self) -> None:
        """Make sure that the person may still listen. Called on the watcher's loop."""

    def signed_out(self, session: str) -> None:
        """Close if this session (its digest) is the watcher's. Called on the watcher's loop."""

    def missed_something(self) -> None:
        """What was told elsewhere may not have come here for a while. Called on the watcher's loop."""


_watchers: dict[Topic, set[Watcher]] = {}
_bridge: Bridge | None = None
_bridge_loop: asyncio.AbstractEventLoop | None = None
_heard_elsewhere: set[Topic] = set()
"""The conversations whose every word other processes want to hear."""


def connect(bridge: Bridge | None) -> None:
    """From now on this bridge carries what is published. Call it on the event loop that runs it; None takes it away."""
    global _bridge, _bridge_loop
    _bridge, _bridge_loop = bridge, asyncio.get_running_loop()
    _heard_elsewhere.clear()
    if bridge is not None:
        for topic in _watchers:
            bridge.subscribe(topic)


def add(topic: Topic, watcher: Watcher) -> None:
    if watcher.gone:
        return
    if topic not in _watchers and _bridge is not None:
        _bridge.subscribe(topic)
    _watchers.setdefault(topic, set()).add(watcher)


def remove(topic: Topic, watcher: Watcher) -> None:
    if (watchers := _watchers.get(topic)) is not None:
        watchers.discard(watcher)
        if not watchers:
            del _watchers[topic]
            if _bridge is not None:
                _bridge.unsubscribe(topic)


def of(topic: Topic) -> tuple[Watcher, ...]:
    return tuple(_watchers.get(topic, ()))


def every() -> set[Watcher]:
    return {watcher for watchers in _watchers.values() for watcher in watchers}


def publish(topic: Topic, event: Event) -> None:
    """Tell all watchers of `topic`, in every process. Call it on the event loop; the frame is encoded once."""
    frame = encode(event)
    deliver_here(topic, frame)
    _carry(topic, frame.encode())


def publish_words(conversation: Topic, event: Event) -> None:
    """The same for a frame of a running answer: it costs nothing where nobody watches, and Redis nothing where nobody does elsewhere."""
    watchers = _watchers.get(conversation)
    elsewhere = conversation in _heard_elsewhere
    if not watchers and not elsewhere:
        return
    frame = encode(event)
    if watchers:
        for watcher in tuple(watchers):
            watcher.deliver(frame)
    if elsewhere:
        _carry(conversation, frame.encode())


def heard_elsewhere(conversation: Topic) -> None:
    """Another process may have watchers of this conversation: have it hear every word, as long as there are any."""
    if _bridge is not None:
        _heard_elsewhere.add(conversation)


def no_words_left(conversation: Topic) -> None:
    """Nothing runs in it here any more."""
    _heard_elsewhere.discard(conversation)


def deliver_here(topic: Topic, frame: str) -> None:
    """Tell the watchers of this process only."""
    for watcher in of(topic):
        watcher.deliver(frame)


def publish_from_thread(topic: Topic, event: Event) -> None:
    """As `publish`, from synchronous code such as a view."""
    frame = encode(event)
    for watcher in of(topic):
        _on_its_loop(watcher, watcher.deliver, frame)
    _carry_from_thread(topic, frame.encode())


def recheck(person: Topic) -> None:
    """Have every socket of the person make sure that it may stay open. Safe from any thread."""
    recheck_here(person)
    _carry_from_thread(person, RECHECK)


def recheck_here(person: Topic) -> None:
    for watcher in of(person):
        _on_its_loop(watcher, watcher.recheck)


def signed_out(person: Topic, session: str) -> None:
    """Close the person's sockets that were opened in this session (its digest: keys go nowhere). Safe from any thread."""
    signed_out_here(person, session)
    _carry_from_thread(person, SIGNED_OUT + session.encode())


def signed_out_here(person: Topic, session: str) -> None:
    for watcher in of(person):
        _on_its_loop(watcher, watcher.signed_out, session)


def _carry(topic: Topic, payload: bytes) -> None:
    """Redis tells how many processes got it. That is how we know whether somebody elsewhere watches, and when nobody does any more."""
    if _bridge is None or not _bridge.connected:
        return
    ours = _bridge.hears(topic)
    bridge = _bridge

    def received(connections: int) -> None:
        if connections > int(ours):
            if topic not in _heard_elsewhere and registry.in_conversation(topic):
                _heard_elsewhere.add(topic)
        elif bridge.hears(topic) == ours:  # otherwise it is unclear whether we were counted; the next frame tells
            _heard_elsewhere.discard(topic)

    bridge.publish(topic, payload, received)


def _carry_from_thread(topic: Topic, payload: bytes) -> None:
    if _bridge is not None and _bridge_loop is not None:
        with contextlib.suppress(RuntimeError):  # the loop has ended
            _bridge_loop.call_soon_threadsafe(_carry, topic, payload, context=Context())


def _on_its_loop(watcher: Watcher, call: Callable[..., None], *args: object) -> None:
    with contextlib.suppress(RuntimeError):  # its loop has ended, and the socket with it
        # An empty context: the thread's own would make asgiref believe that its executor is still busy with us.
        watcher.loop.call_soon_threadsafe(call, *args, context=Context())
