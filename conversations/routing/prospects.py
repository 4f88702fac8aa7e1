"""Whom the next question would go to, in which order, and why the other providers are passed over. Asks no provider, admits no trial."""

from __future__ import annotations

from enum import StrEnum
from typing import NamedTuple

from django.utils import timezone

from . import catalog, circuits, keys
from .routes import circuit_of
from .sources import Source


class Obstacle(StrEnum):
    NO_MODEL = "no model"
    """It has no model at all that may be asked for."""
    OTHER_MODELS = "other models"
    KEYS = "keys"
    CIRCUIT = "circuit"


class Prospect(NamedTuple):
    source: Source
    model: str
    """As the provider calls it. Empty: its first one."""
    obstacle: Obstacle | None = None
    seconds: float | None = None
    """Until the obstacle is gone by itself; None where it stays, or where there is none."""


def of_next_question(model: str) -> list[Prospect]:
    """All enabled providers in the order in which they are asked for `model` ("": each one's default). Synchronous; reads the database."""
    sources = catalog.read().sources
    paused = circuits.open_circuits()
    return [_prospect(source, model, paused) for source in sources]


def _prospect(source: Source, model: str, paused: dict[catalog.Circuit, float]) -> Prospect:
    offer = source.offer(model)
    if offer is None:
        return Prospect(source, model, Obstacle.OTHER_MODELS if source.has_models else Obstacle.NO_MODEL)
    now = timezone.now()
    if source.keys_needed and not keys.free(source, (), now):
        return Prospect(source, offer.upstream, Obstacle.KEYS, min(keys.waits(source, (), now), default=None))
    if (seconds := paused.get(circuit_of(source, offer), 0.0)) > 0:
        return Prospect(source, offer.upstream, Obstacle.CIRCUIT, seconds)
    return Prospect(source, offer.upstream)
