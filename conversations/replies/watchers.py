"""Who in this process wants to hear of what. A topic is the id of a conversation or of a person."""

from __future__ import annotations

import asyncio
import contextlib
import uuid
from collections.abc import Callable
from contextvars import Context
from typing import Protocol

from .events import Event, encode

Topic = uuid.UUID


class Watcher(Protocol):
    loop: asyncio.AbstractEventLoop
    gone: bool
    """Whether it has ended: it is not added to anything any more."""

    def deliver(self, frame: str) -> None:
        """Take one encoded frame, at once and without raising. Called on the watcher's loop."""

    def recheck(self) -> None:
        """Make sure that the person may still listen. Called on the watcher's loop."""

    def signed_out(self, session_key: str) -> None:
        """Close if this session is the watcher's. Called on the watcher's loop."""


_watchers: dict[Topic, set[Watcher]] = {}


def add(topic: Topic, watcher: Watcher) -> None:
    if not watcher.gone:
        _watchers.setdefault(topic, set()).add(watcher)


def remove(topic: Topic, watcher: Watcher) -> None:
    if (watchers := _watchers.get(topic)) is not None:
        watchers.discard(watcher)
        if not watchers:
            del _watchers[topic]


def of(topic: Topic) -> tuple[Watcher, ...]:
    return tuple(_watchers.get(topic, ()))


def publish(topic: Topic, event: Event) -> None:
    """Tell the watchers of `topic`. Call it on the event loop; the frame is encoded once."""
    if watchers := _watchers.get(topic):
        frame = encode(event)
        for watcher in tuple(watchers):
            watcher.deliver(frame)


def publish_from_thread(topic: Topic, event: Event) -> None:
    """The same from synchronous code, such as a view."""
    if watchers := of(topic):
        frame = encode(event)
        for watcher in watchers:
            _on_its_loop(watcher, watcher.deliver, frame)


def recheck(person: Topic) -> None:
    """Have every socket of the person make sure that it may stay open. Safe from any thread."""
    for watcher in of(person):
        _on_its_loop(watcher, watcher.recheck)


def signed_out(person: Topic, session_key: str) -> None:
    """Close the person's sockets that were opened in this session. Safe from any thread."""
    for watcher in of(person):
        _on_its_loop(watcher, watcher.signed_out, session_key)


def _on_its_loop(watcher: Watcher, call: Callable[..., None], *args: object) -> None:
    with contextlib.suppress(RuntimeError):  # its loop has ended, and the socket with it
        # An empty context: the thread's own would make asgiref believe that its executor is still busy with us.
        watcher.loop.call_soon_threadsafe(call, *args, context=Context())
