"""What a request that is passed on takes: before it is asked, for budgets, and afterwards, for the ledger."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, ClassVar, NamedTuple

from conversations.models import AttemptKind
from conversations.routing.capable import Capability
from conversations.usage.budgets.estimate import Estimate
from conversations.usage.ledger.prices import Tokens
from conversations.usage.ledger.units import NO_UNITS, Units

if TYPE_CHECKING:
    from conversations.routing.routes import Route
    from conversations.routing.sources import Offer, Source


class Taken(NamedTuple):
    tokens: Tokens
    cost: int | None = None
    """Nanodollars, where tokens at the model's price don't say it."""
    is_estimated: bool = False
    characters: int = 0
    """Of text that came."""
    units: Units = NO_UNITS


class Measure(ABC):
    """Of one request. A capability says who can be asked for it."""

    capability: ClassVar[Capability]
    kind: ClassVar[AttemptKind]
    is_text = False
    """Whether the answer is plain text, and no JSON."""
    media_type = ""
    """Of the sound that comes; empty where none does."""

    @abstractmethod
    def most(self, model: str, offers: Sequence[tuple[Source, Offer]]) -> Estimate:
        """What it may take of those that may be asked. Synchronous."""

    @abstractmethod
    def taken(self, told: Mapping[str, Any], route: Route) -> Taken:
        """What it took by what the answer told: its document, or the last event with a usage. Without one, it is estimated."""

    def is_answer(self, document: Mapping[str, Any]) -> bool:
        """Whether it is one, and not what a server that knows no such request sent instead: most have a list of what was made."""
        found = document.get("data")
        return isinstance(found, list) and bool(found)
