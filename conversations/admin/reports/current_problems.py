"""What is wrong right now: keys that can't be used, and open circuits; each with what an administrator can do about it."""

from __future__ import annotations

from datetime import datetime
from typing import Any, NamedTuple

from django.urls import reverse

from conversations.admin.base import shown
from conversations.admin.base.permissions import may
from conversations.admin.keys import states
from conversations.models import ApiKey, KeyState, Origin, Provider
from conversations.routing import catalog, circuits


class Action(NamedTuple):
    """A button that posts to `url`, or a link that leads there."""

    label: str
    url: str
    posts: bool = True
    busy: str = ""


class Problem(NamedTuple):
    """A sentence: subject, words, state. `advice` is what no button does."""

    subject: str
    words: str
    state: str = ""
    advice: str = ""
    link: str = ""
    actions: tuple[Action, ...] = ()


def key_state(key: ApiKey, now: datetime) -> str:
    """Empty for a key that can be used, as far as its row tells."""
    state = key.state(now)
    if state == KeyState.COOLING and key.cooling_until:
        return f"paused for {shown.duration((key.cooling_until - now).total_seconds())}{states.because(key)}"
    return "" if state == KeyState.USABLE else state


def keys(user: Any, now: datetime) -> list[Problem]:
    """Those that need an administrator: what was disabled on purpose doesn't."""
    rows = ApiKey.objects.filter(enabled=True, provider__enabled=True).select_related("provider").order_by("provider__name", "label")
    return [_key(key, state, user) for key in rows if (state := _state(key, now))]


def open_circuits(user: Any) -> list[Problem]:
    catalog.read()
    found = circuits.open_circuits()
    names = {str(pk): name for pk, name in Provider.objects.values_list("pk", "name")} if found else {}
    listed = sorted((names.get(provider, provider), model, round(seconds), provider) for (provider, model), seconds in found.items())
    return [
        Problem(
            model or "The first model",
            f"at {name} keeps failing and is paused; next try {_in_words(seconds)}",
            actions=test_actions(user, provider) if provider in names else (),
        )
        for name, model, seconds, provider in listed
    ]


def test_actions(user: Any, provider: object) -> tuple[Action, ...]:
    if not may(user, "change", "provider"):
        return ()
    return (Action("Test connection", reverse("admin:conversations_provider_test", args=[provider]), busy="Testing, up to 20 seconds …"),)


def _state(key: ApiKey, now: datetime) -> str:
    if key.sealed and states.state(key).kind == states.CLOSED:
        return "sealed with another secret"
    return key_state(key, now)


def _key(key: ApiKey, state: str, user: Any) -> Problem:
    page, is_ours = reverse("admin:conversations_apikey_change", args=[key.pk]), key.provider.origin == Origin.ADMIN
    actions, advice = [], ""
    if may(user, "change", "apikey"):
        if key.refused or key.cooling_until:
            actions.append(Action("Use again", reverse("admin:conversations_apikey_again", args=[key.pk])))
        if is_ours and not state.startswith("paused"):
            actions.append(Action("Enter another key", page, posts=False))
        elif not is_ours and key.refused:
            advice = "To use another key, change OPENAI_API_KEY in .env and restart."
    link, named = (page, str(key)) if may(user, "view", "apikey") else ("", "A key")
    return Problem(named, f"at {key.provider.name} is", state, advice, link, tuple(actions))


def _in_words(seconds: int) -> str:
    return f"in {shown.duration(seconds)}" if seconds else "with the next message"
