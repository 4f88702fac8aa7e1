"""An attempt that is over and not yet in the ledger."""

from __future__ import annotations

import uuid
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple

from conversations.models import AttemptKind, Purpose
from conversations.models.identifiers import new_id

from . import prices
from .prices import Price, Tokens
from .trace_content import Content
from .trace_ids import Trace
from .units import NO_UNITS, Units

NOTHING_KNOWN = Tokens()


class Subject(NamedTuple):
    """What an attempt was for where no reply is, by the names of the ledger's columns."""

    for_message: uuid.UUID | None = None
    passage_start: int | None = None
    passage_end: int | None = None
    for_file: uuid.UUID | None = None


NO_SUBJECT = Subject()


@dataclass(slots=True)
class FinishedAttempt:
    """`model` is its name as prompts call it, `upstream_model` as the provider does."""

    started: datetime
    number: int
    outcome: str
    duration_ms: int
    model: str = ""
    upstream_model: str = ""
    provider: str = ""
    provider_id: uuid.UUID | None = None
    key_id: uuid.UUID | None = None
    base_url: str = ""
    price_list: str = ""
    price: Price | None = None
    final: bool = False
    id: uuid.UUID = field(default_factory=new_id)
    cause: str = ""
    status: int | None = None
    request_id: str = ""
    retry_after: float | None = None
    first_token_ms: int | None = None
    characters: int = 0
    tokens: Tokens = NOTHING_KNOWN
    estimated: bool = False
    trace: Trace | None = None
    """Where attempts are traced: the trace that it belongs to, and `span`, its own id in it."""
    span: int = 0
    content: Content | None = None
    """What was said in it, where that is traced."""
    purpose: Purpose | None = None
    """Where it is another than that of those that are written with it: a picture that was drawn amid an answer."""
    kind: AttemptKind = AttemptKind.TEXT
    units: Units = NO_UNITS
    subject: Subject = NO_SUBJECT
    known_cost: int | None = None
    """Nanodollars, where no route says whose price counts."""

    @property
    def times(self) -> tuple[int, int]:
        """When it began and ended, in nanoseconds since 1970."""
        began = int(self.started.timestamp() * 1_000_000) * 1_000
        return began, began + self.duration_ms * 1_000_000

    @property
    def cost(self) -> int | None:
        """Nanodollars, or None where that is unknown."""
        if self.known_cost is not None:
            return self.known_cost
        # A price of minutes or pictures isn't that of a text which was written about some.
        units = NO_UNITS if self.kind in (AttemptKind.TEXT, AttemptKind.FILES) else self.units
        return prices.cost(self.tokens, self.upstream_model or self.model, self.base_url, self.price_list, self.price, units)
