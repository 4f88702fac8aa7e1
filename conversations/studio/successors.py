"""Which models could take the place of one that is shut down, and what becomes of a wording with one of them."""

from __future__ import annotations

from datetime import date
from difflib import SequenceMatcher
from typing import NamedTuple

from conversations.models import Model
from conversations.models.parameters import PARAMETERS
from conversations.providers import capabilities
from conversations.providers.capabilities import Capabilities
from conversations.routing import catalog, offered, shutdowns
from conversations.routing.sources import Offer, Source

from .wording import Wording

SAMPLING = ("temperature", "top_p")
EFFORT = "reasoning_effort"


class Successor(NamedTuple):
    name: str
    provider: str
    window: int | None
    """Tokens."""
    day: date | None
    """On which it is shut down itself."""
    lacks: tuple[str, ...]
    """What it can't do, and the other one can, as far as is known."""


def successors(model: str, leaves: date | None = None) -> list[Successor]:
    """All models that users may be offered and that stay longer than `leaves`, the best first: those that can as much come before others,
    then those of the same provider, then those with a like name. Synchronous; asks no provider.
    """
    old = _way(model)
    can = _capabilities(*old) if old else Capabilities()
    found: list[tuple[tuple[int, bool, float], Successor]] = []
    for name in offered.names():
        way, day = _way(name), shutdowns.of(name)
        if way is None or name == (model or offered.default()) or (day is not None and leaves is not None and day <= leaves):
            continue
        source, offer = way
        has = _capabilities(source, offer)
        lacks = tuple(_lacks(can, has))
        likeness = SequenceMatcher(None, model, name).ratio()
        order = (len(lacks), old is None or source.id != old[0].id, -likeness)
        found.append((order, Successor(name, source.told, has.window, day, lacks)))
    return [one for _, one in sorted(found, key=lambda pair: pair[0])]


def with_model(wording: Wording, model: str) -> tuple[Wording, list[str]]:
    """The wording with another model, and the labels of the parameters that were taken out of it, for that model refuses them."""
    way = _way(model)
    refused = _refused(*way, wording["parameters"]) if way else set()
    kept = {name: value for name, value in wording["parameters"].items() if name not in refused}
    left_out = [f"{PARAMETERS[name].label} ({value})" for name, value in wording["parameters"].items() if name in refused]
    return {**wording, "model": model, "parameters": kept}, left_out


def _way(model: str) -> tuple[Source, Offer] | None:
    """The first provider to be asked for it."""
    return next(((source, offer) for source in catalog.read().sources if (offer := source.offer(model)) is not None), None)


def _capabilities(source: Source, offer: Offer) -> Capabilities:
    row = Model.objects.filter(provider=source.id, name=offer.name).first()
    known = capabilities.known(offer.upstream, source.base_url, source.price_list)
    if row is None:
        return known
    own = Capabilities(row.window, row.takes_images, row.takes_tools, row.takes_temperature, offer.efforts)
    return own.or_else(known)


def _lacks(old: Capabilities, new: Capabilities) -> list[str]:
    found = [
        word for word, name in (("vision", "takes_images"), ("tools", "takes_tools")) if getattr(old, name) and getattr(new, name) is False
    ]
    if old.window and new.window and new.window < old.window:
        found.append(f"a window of {old.window:,} tokens")
    return found


def _refused(source: Source, offer: Offer, parameters: dict[str, object]) -> set[str]:
    can = _capabilities(source, offer)
    base_url = source.endpoint.base_url if source.endpoint else source.base_url
    refused = set(catalog.read().rejected.get((base_url, offer.upstream), ()))
    if can.takes_temperature is False:
        refused |= set(SAMPLING)
    if can.efforts is not None and parameters.get(EFFORT) not in (None, *can.efforts):
        refused.add(EFFORT)
    return refused & parameters.keys()
