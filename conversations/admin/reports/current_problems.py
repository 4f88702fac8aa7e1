"""What is wrong right now: keys that can't be used, and open circuits."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

from django.urls import reverse
from django.utils.timesince import timeuntil

from conversations.models import ApiKey, KeyState, Provider
from conversations.routing import catalog, circuits


class Sick(NamedTuple):
    key: ApiKey
    state: str
    link: str


class Circuit(NamedTuple):
    provider: str
    model: str
    seconds: int


def key_state(key: ApiKey, now: datetime) -> str:
    """Empty for a key that can be used."""
    state = key.state(now)
    if state == KeyState.COOLING and key.cooling_until:
        return f"paused for {timeuntil(key.cooling_until, now)}"
    return "" if state == KeyState.USABLE else state


def sick_keys(now: datetime) -> list[Sick]:
    """Those that need an administrator: what was disabled on purpose doesn't."""
    keys = ApiKey.objects.filter(enabled=True).select_related("provider").defer("sealed").order_by("provider__name", "label")
    return [Sick(key, state, _key_page(key)) for key in keys if (state := key_state(key, now))]


def open_circuits() -> list[Circuit]:
    catalog.read()
    found = circuits.open_circuits()
    names = {str(pk): name for pk, name in Provider.objects.values_list("pk", "name")} if found else {}
    listed = (Circuit(names.get(provider, provider), model, round(seconds)) for (provider, model), seconds in found.items())
    return sorted(listed)


def _key_page(key: ApiKey) -> str:
    return reverse("admin:conversations_apikey_change", args=[key.pk])
