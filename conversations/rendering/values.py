"""The values of variables, as texts: those that are built in, and those that a prompt declares."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from django.conf import settings
from django.utils import timezone

from conversations.models import User
from conversations.models.variables import BUILT_IN, Declaration

MAX_NAME_CHARACTERS = 150
MAX_GROUPS_CHARACTERS = 1000


def names(declarations: Iterable[Declaration]) -> set[str]:
    """All that texts may name."""
    return {*BUILT_IN, *(declaration["name"] for declaration in declarations)}


def built_in(user: User, wanted: Iterable[str]) -> dict[str, str]:
    """Only those that are wanted: groups take a query."""
    made: dict[str, Callable[[], str]] = {
        "user.name": lambda: _line(user.get_full_name() or user.get_username(), MAX_NAME_CHARACTERS),
        "user.groups": lambda: _line(", ".join(user.groups.order_by("name").values_list("name", flat=True)), MAX_GROUPS_CHARACTERS),
        "site": lambda: str(settings.SITE_NAME),
        "date": lambda: timezone.localdate().isoformat(),
    }
    return {name: make() for name, make in made.items() if name in wanted}


def declared(declarations: Iterable[Declaration], given: Mapping[str, Any]) -> dict[str, str]:
    """A text for each: what was given, or else the default, or else nothing."""
    return {one["name"]: _written(given.get(one["name"], one.get("default"))) for one in declarations}


def _written(value: Any) -> str:
    if value is None:
        return ""
    return ("yes" if value else "no") if isinstance(value, bool) else str(value)


def _line(text: str, most: int) -> str:
    return " ".join(text.replace("\0", "").split())[:most]
