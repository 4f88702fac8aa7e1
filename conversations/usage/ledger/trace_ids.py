"""The ids of a trace and its spans, drawn when something is asked: providers are told them. A program's own trace goes on with them."""

from __future__ import annotations

import re
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import NamedTuple
from uuid import UUID

from django.conf import settings

from conversations.providers.identity import pseudonym

SAMPLED = 0x01
_TRACEPARENT = re.compile(r"([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(-.*)?")
"""As https://www.w3.org/TR/trace-context/ has it. What follows the flags is for versions that are not there yet."""


class Trace(NamedTuple):
    """The ids of a trace and of our first span in it. `parent`: the caller's span that the first one belongs to, 0 where there is none."""

    id: int
    span: int
    parent: int = 0
    is_sampled: bool = True

    def parent_of(self, span: int) -> str:
        """A `traceparent` of the W3C's Trace Context, by which the provider's own spans go on with it."""
        return f"00-{self.id:032x}-{span:016x}-{SAMPLED if self.is_sampled else 0:02x}"


class CallersSpan(NamedTuple):
    """What a program said of its own trace. Unless it is sampled, the program wants nothing of it exported."""

    trace: int
    span: int
    is_sampled: bool


_callers_span: ContextVar[CallersSpan | None] = ContextVar("callers_span", default=None)


@contextmanager
def within(traceparent: str) -> Iterator[None]:
    """What is begun here goes on with the program's trace, where it names a valid one, and ends whenever it does."""
    token = _callers_span.set(read(traceparent) if settings.TRACING else None)
    try:
        yield
    finally:
        _callers_span.reset(token)


def read(traceparent: str) -> CallersSpan | None:
    """None where the header is not valid: it is then as if there were none."""
    found = _TRACEPARENT.fullmatch(traceparent)
    if found is None:
        return None
    version, trace, span, flags, more = found.groups()
    if version == "ff" or (version == "00" and more is not None) or not int(trace, 16) or not int(span, 16):
        return None
    return CallersSpan(int(trace, 16), int(span, 16), bool(int(flags, 16) & SAMPLED))


def new(reply_id: UUID | None = None) -> Trace | None:
    """None where nothing is traced. `reply_id`: of a reply, which is one trace whichever processes ask for it."""
    if not settings.TRACING:
        return None
    own = span_of_reply(reply_id) if reply_id else new_span()
    if (caller := _callers_span.get()) is not None:
        return Trace(caller.trace, own, caller.span, caller.is_sampled)
    return Trace(of_reply(reply_id) if reply_id else secrets.randbits(128) or 1, own)


def of_reply(reply_id: UUID) -> int:
    """The id of a reply's trace, unless the program that asked for it has one: a hash, for providers needn't know the reply's own id."""
    return int(pseudonym(f"trace of {reply_id}")[:32], 16) or 1


def span_of_reply(reply_id: UUID) -> int:
    """The id of the span that all of a reply's attempts belong to, in whichever trace: feedback that comes later is told of it."""
    return int(pseudonym(f"span of {reply_id}")[:16], 16) or 1


def new_span() -> int:
    return secrets.randbits(64) or 1
