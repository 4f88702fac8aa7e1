"""The ids of a trace and its spans, drawn when something is asked: providers are told them."""

from __future__ import annotations

import secrets
from typing import NamedTuple

from django.conf import settings


class Trace(NamedTuple):
    """The ids of a trace and of its first span."""

    id: int
    span: int

    def parent_of(self, span: int) -> str:
        """A `traceparent` of the W3C's Trace Context, by which the provider's own spans go on with it."""
        return f"00-{self.id:032x}-{span:016x}-01"


def new() -> Trace | None:
    """None where nothing is traced."""
    return Trace(secrets.randbits(128) or 1, new_span()) if settings.TRACING else None


def new_span() -> int:
    return secrets.randbits(64) or 1
