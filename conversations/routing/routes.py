"""Chooses who is asked for an answer: by priority, past open circuits and keys that can't be used."""

from __future__ import annotations

import logging
import uuid
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from time import monotonic
from typing import Any

from django.utils import timezone

from conversations.providers import embedded
from conversations.providers.endpoint import PLACEHOLDER_KEY, Endpoint
from conversations.providers.errors import LABELS, ProviderError

from . import catalog, circuits, keys, rejected_parameters, sight, windows
from .catalog import Circuit
from .sources import Key, Offer, Source

log = logging.getLogger(__name__)

_NO_ROUTE = {
    "down": "Every provider that has the model keeps failing and is paused.",
    "quota": "The quota of every key is used up.",
    "rate_limit": "Every key is paused.",
}
LONGEST_NAME = 200
"""Characters of a model's name by which its circuit is stored."""


@dataclass(frozen=True, slots=True)
class Route:
    """One way to ask for an answer: this model at this provider with this key."""

    source: Source
    offer: Offer
    key: Key | None
    endpoint: Endpoint | None
    """None until `ready` was awaited, for the built-in model."""
    circuit: Circuit
    """By which it was admitted: what became of it is told to the same, although `ready` may have found out the model's name."""
    trial: bool = False
    note: str = ""
    """What the user is told of it: that it is another model than the first one to be asked, and why."""


class NoRouteAvailable(ProviderError):
    """No provider can be asked now. `worth_waiting` are the seconds after which one may be, as far as this answer is concerned."""

    worth_waiting: float | None = None


@dataclass(slots=True)
class Tried:
    """What failed for one answer."""

    keys: set[uuid.UUID] = field(default_factory=set)
    """Those that are of no use: not accepted, or without quota."""
    sources: set[uuid.UUID] = field(default_factory=set)
    """Those that won't do it."""
    troubled: Counter[uuid.UUID] = field(default_factory=Counter)
    """How often each source had trouble: those that had less are asked first."""
    limited: Counter[uuid.UUID] = field(default_factory=Counter)
    """How often each key was used too often."""
    not_before: dict[uuid.UUID, float] = field(default_factory=dict)
    """When each source wishes to be asked again, by `monotonic`."""
    last: ProviderError | None = None

    def failures(self, route: Route) -> int:
        """How often this way failed, whose next attempt therefore waits."""
        return self.troubled[route.source.id] + (self.limited[route.key.id] if route.key else 0)

    def wished_seconds(self, source: Source) -> float:
        """From now, until the source wishes to be asked again."""
        return max(0.0, self.not_before.get(source.id, 0.0) - monotonic())


def choose(model: str, tried: Tried, *, sees: bool = False, among: Callable[[Source], bool] = lambda _: True) -> Route:
    """The next way to ask for `model` ("": each provider's default one); `sees`: about an image. Synchronous; reads the database.

    Only providers that are `among` those wanted are asked.

    Raises ProviderError where no provider can be asked now, mostly NoRouteAvailable. Its `retry_after` says when one can, if that is known.
    """
    having = [source for source in catalog.read().sources if source.offer(model) is not None and among(source)]
    sources = [source for source in having if (offer := source.offer(model)) and not (sees and sight.is_blind(offer))]
    if not sources:
        raise _no_such_model(model, sees=sees)
    waits: list[float] = []
    worth_waiting: list[float] = []
    down, hindrance = False, ""
    now = timezone.now()
    ways = (source for source in sources if source.id not in tried.sources)
    for source in sorted(ways, key=lambda source: (tried.wished_seconds(source) > 0, tried.troubled[source.id])):
        offer = source.offer(model)
        assert offer is not None
        free = keys.free(source, tried.keys, now)
        if source.keys_needed and not free:
            waits += keys.waits(source, (), now)
            worth_waiting += keys.waits(source, tried.keys, now)
            hindrance = hindrance or (_why_cooling([source], now) if keys.waits(source, (), now) else "key")
            continue
        admission = circuits.admit(circuit_of(source, offer))
        if admission.allowed:
            first = sources[0].offer(model)
            assert first is not None
            note = _stand_in(first, offer, tried.last.kind if tried.last else hindrance) if source is not sources[0] else ""
            return replace(_route(source, offer, free[0] if free else None, admission.trial), note=note)
        down, hindrance = True, hindrance or "down"
        waits.append(admission.seconds)
        worth_waiting.append(admission.worth_waiting)
    kind = "down" if down else _why_cooling(sources, now)
    raise _no_route(sources, tried, min(waits, default=None), min(worth_waiting, default=None), kind)


def pinned(model: str, upstream: Mapping[str, Any]) -> Route | None:
    """The way to the provider that keeps an answer for us, with the key and the model that it was asked with.

    `model`: where that isn't stored with it.
    """
    source = catalog.read().keeper(upstream)
    if source is None or (offer := source.offer(upstream.get("model", model))) is None:
        return None
    named = upstream.get("key")
    key = next((key for key in source.keys if str(key.id) == named or "provider" not in upstream), None)
    return _route(source, offer, key, False) if key or not source.keys_needed else None


async def ready(route: Route) -> Route:
    """With its endpoint and its model known: asks the server for its list where none is named. Raises ProviderError."""
    endpoint = route.endpoint
    if endpoint is None:
        endpoint = await embedded.ready()
        endpoint = replace(endpoint, model=route.offer.upstream or endpoint.model)
    elif not endpoint.model:
        from conversations.providers import model_list  # here, for the SDK takes long to load; see `serve`

        endpoint = await model_list.with_first_model(endpoint)
    else:
        return route
    endpoint = rejected_parameters.left_out(endpoint)
    return replace(route, endpoint=endpoint, offer=replace(route.offer, upstream=route.offer.upstream or endpoint.model))


def _route(source: Source, offer: Offer, key: Key | None, trial: bool) -> Route:
    endpoint = source.endpoint
    if endpoint is not None:
        endpoint = replace(
            endpoint,
            api_key=key.secret if key else endpoint.api_key or PLACEHOLDER_KEY,
            model=offer.upstream or endpoint.model,
            context_window=windows.of(source, offer) or endpoint.context_window,
        )
        endpoint = rejected_parameters.left_out(endpoint)
    return Route(source, offer, key, endpoint, circuit_of(source, offer), trial)


def _stand_in(first: Offer, offer: Offer, kind: str) -> str:
    """Where a prompt names no model, another provider may be asked for another one."""
    if offer.name == first.name:
        return ""
    why = f" ({LABELS[kind]})" if kind in LABELS else ""
    return f"{offer.name or 'Another model'} answered instead of {first.name or 'the usual model'}{why}."


def circuit_of(source: Source, offer: Offer) -> Circuit:
    return str(source.id), offer.upstream[:LONGEST_NAME]


def _no_such_model(model: str, *, sees: bool) -> ProviderError:
    if not catalog.read().sources:
        return ProviderError("unavailable", "No provider is enabled.")
    if sees and any(source.offer(model) is not None for source in catalog.read().sources):
        return ProviderError("images", f"“{model}” takes no images." if model else "No provider’s default model takes images.")
    return ProviderError("model", f"No enabled provider has the model “{model}”." if model else "No enabled provider has a model.")


def _why_cooling(sources: list[Source], now: datetime) -> str:
    """The kind of error for which the key cools down that can be used first: users are told what the first of them was told."""
    pauses = [pause for source in sources for pause in keys.pauses(source, (), now)]
    return "quota" if pauses and min(pauses).kind == "quota" else "rate_limit"


def _no_route(sources: list[Source], tried: Tried, seconds: float | None, worth_waiting: float | None, kind: str) -> NoRouteAvailable:
    if (last := tried.last) is not None:
        error = NoRouteAvailable(
            last.kind, last.cause, parameter=last.parameter, retry_after=seconds, status=last.status, request_id=last.request_id
        )
    elif seconds is None:
        error = NoRouteAvailable("key", "No key of " + ", ".join(source.name for source in sources) + " can be used.")
    else:
        error = NoRouteAvailable(kind, _NO_ROUTE[kind], retry_after=seconds)
    error.worth_waiting = worth_waiting
    return error
