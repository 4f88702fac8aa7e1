"""What can answer, as this process knows it: read from the database at most every other second, so that changes need no restart."""

from __future__ import annotations

import logging
import math
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from operator import itemgetter
from time import monotonic
from typing import Any

from django.conf import settings
from django.db import DatabaseError, InterfaceError
from django.db.models import Prefetch

from conversations.models import ApiKey, Model, OpenCircuit, Origin, Provider, RejectedParameter
from conversations.process_cache import kept

from . import settings_rows, stored_sources
from .sources import Source

log = logging.getLogger(__name__)

FRESH_SECONDS = 2.0

Circuit = tuple[str, str]
"""The provider's id and the model's name there."""


@dataclass(frozen=True, slots=True)
class Catalog:
    """Sources in the order in which they are asked. The built-in model is one of them only while no other has a model."""

    sources: tuple[Source, ...]
    circuits: Mapping[Circuit, OpenCircuit] = field(default_factory=dict)
    """Those that are open."""
    rejected: Mapping[tuple[str, str], frozenset[str]] = field(default_factory=dict)
    """By base URL and the model's name there: parameters and optional fields that it refuses."""
    known_shutdown_dates: Mapping[str, date] = field(default_factory=dict)
    """The last day of each model by our name for it, of those that are disabled or asked of no provider, too."""
    fallbacks: Mapping[str, str] = field(default_factory=dict)
    """By model: which one an administrator chose to answer in its place once it is gone."""
    began: float = -math.inf
    """When it began to be read, by `monotonic`: what happened here since then may not be in it."""

    @property
    def is_built_in(self) -> bool:
        """Whether the small built-in model answers, for no other provider has a model."""
        return any(source.origin == Origin.BUILT_IN for source in self.sources)

    def keeper(self, upstream: Mapping[str, Any]) -> Source | None:
        """The provider that keeps an answer for us. Where its name isn't stored with it, there was only the settings' one."""
        if "provider" in upstream:
            return self.source(upstream["provider"])
        return next((source for source in self.sources if source.origin == Origin.ENVIRONMENT), None)

    def source(self, key: uuid.UUID | str) -> Source | None:
        return next((source for source in self.sources if str(source.id) == str(key)), None)

    def resume(self, model: str) -> str:
        """How the first one to be asked for `model` lets an answer go on that broke off."""
        source = next((source for source in self.sources if source.offer(model) is not None), None)
        if source is None:
            return ""
        return "prefix" if source.endpoint is None else source.endpoint.resume


class CatalogReader:
    """Reads the catalogue, and keeps what it read."""

    def __init__(self) -> None:
        self._known: tuple[tuple[object, ...], float, Catalog] | None = None

    def read(self) -> Catalog:
        """Synchronous. While the database can't be reached, what was known before counts; raises its error where nothing was."""
        wanted, known = _settings(), self._known
        if known is not None and known[0] == wanted and monotonic() - known[1] < FRESH_SECONDS:
            return known[2]
        try:
            catalog = _load()
        except (DatabaseError, InterfaceError):
            if known is None or known[0] != wanted:
                raise
            log.warning("The providers can't be read, for the database can't be reached")
            catalog = known[2]
        self._known = (wanted, monotonic(), catalog)
        return catalog

    def latest(self) -> Catalog:
        """What was last read, without the database. Empty before that."""
        return _UNREAD if (known := self._known) is None else known[2]

    def forget(self) -> None:
        """Read it again the next time: something was changed here. Other processes find out by themselves."""
        if (known := self._known) is not None:
            self._known = (known[0], -math.inf, known[2])

    def clear(self) -> None:
        self._known = None


_UNREAD = Catalog(())
reader = kept(CatalogReader())
read, latest, forget = reader.read, reader.latest, reader.forget


def _settings() -> tuple[object, ...]:
    return (
        settings.OPENAI_API_KEY,
        settings.OPENAI_BASE_URL,
        settings.OPENAI_API,
        settings.OPENAI_MODEL,
        settings.OPENAI_CONTEXT_WINDOW,
        settings.OPENAI_RESUME,
        settings.OPENAI_RECONNECT,
        settings.OPENAI_CONNECT_SECONDS,
        settings.OPENAI_FIRST_TOKEN_SECONDS,
        settings.OPENAI_NEXT_TOKEN_SECONDS,
    )


def _load() -> Catalog:
    began, rows = monotonic(), _rows()
    if settings_rows.keep_in_step(rows):
        rows = _rows()
    enabled = [stored_sources.of(row) for row in rows if row.enabled]
    others = [source for source in enabled if source.origin != Origin.BUILT_IN]
    sources = tuple(others if any(source.has_models for source in others) else enabled)
    circuits = {(str(row.provider_id), row.model): row for row in OpenCircuit.objects.all()}
    models = [(model, row) for row in rows for model in row.models.all()]
    days = [(model.name, day) for model, row in models if (day := stored_sources.shutdown_date(model, row)) is not None]
    fallbacks = {model.name: model.fallback_model for model, _ in reversed(models) if model.fallback_model}
    return Catalog(sources, circuits, _rejected(), dict(sorted(days, key=itemgetter(1))), fallbacks, began)


def _rejected() -> dict[tuple[str, str], frozenset[str]]:
    found: dict[tuple[str, str], frozenset[str]] = {}
    for base_url, model, parameter in RejectedParameter.objects.order_by().values_list("base_url", "model", "parameter"):
        found[base_url, model] = found.get((base_url, model), frozenset()) | {parameter}
    return found


def _rows() -> list[Provider]:
    keys = Prefetch("keys", ApiKey.objects.order_by("label"))
    return list(Provider.objects.prefetch_related(keys, Prefetch("models", Model.objects.order_by("name"))))
