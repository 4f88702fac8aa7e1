"""Whom the next question goes to, and who is asked after that, in the words of the first page."""

from __future__ import annotations

from typing import NamedTuple
from urllib.parse import urlsplit

from django.urls import reverse

from conversations.admin.base import shown
from conversations.models import Origin
from conversations.routing.prospects import Obstacle, Prospect

API = {"responses": "Responses API", "chat_completions": "Chat Completions API"}


class Asked(NamedTuple):
    name: str
    link: str
    model: str
    api: str
    why_not: str
    """Empty for a provider that can be asked."""


def asked(prospect: Prospect) -> Asked:
    source = prospect.source
    name = source.name
    if source.origin == Origin.BUILT_IN:
        name = "the small built-in model"
    elif source.origin == Origin.ENVIRONMENT:
        name = urlsplit(source.base_url).hostname or source.name
    link = reverse("admin:conversations_provider_change", args=[source.id])
    model = "" if source.origin == Origin.BUILT_IN else prospect.model or "its first model"
    api = API.get(source.endpoint.api, "") if source.endpoint else ""
    return Asked(name, link, model, api, _why_not(prospect))


def _why_not(prospect: Prospect) -> str:
    wait = f" for {shown.duration(prospect.seconds)}" if prospect.seconds is not None else ""
    match prospect.obstacle:
        case None:
            return ""
        case Obstacle.NO_MODEL:
            return "has no model"
        case Obstacle.OTHER_MODELS:
            return f"doesn’t have {prospect.model}" if prospect.model else "its default model is disabled"
        case Obstacle.KEYS:
            return f"no key can be used{wait}"
        case Obstacle.CIRCUIT:
            return f"paused after repeated failures{wait}"
