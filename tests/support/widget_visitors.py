"""Visitors of a widget on https://shop.example.org, as their browsers ask."""

from __future__ import annotations

import json
import secrets
from decimal import Decimal
from typing import Any

from django.test import AsyncClient

from conversations.models import Audience, SystemPrompt, Widget
from conversations.widgets import group_limits, known

HOST = "https://shop.example.org"


def widget(**fields: Any) -> Widget:
    """One whose assistant no user may choose."""
    prompt, is_new = SystemPrompt.objects.get_or_create(slug="clerk", defaults={"name": "Clerk", "audience": Audience.NOBODY})
    if is_new:
        prompt.publish(text="You sell shoes.")
    made = Widget.objects.create(**{"name": "Shop", "prompt": prompt, "origins": [HOST], **fields})
    group_limits.save(made, 60, Decimal(10))
    known.forget()
    return made


class Visitor:
    """A browser with a secret, or a host's token, of its own."""

    def __init__(self, of: Widget, credentials: str = "", origin: str | None = HOST) -> None:
        self.here, self._client = f"/widget/{of.key}/", AsyncClient()
        self._headers = {"Authorization": f"Bearer {credentials or secrets.token_urlsafe(32)}"}
        if origin is not None:
            self._headers["Origin"] = origin

    async def get(self, path: str) -> Any:
        return await self._client.get(self.here + path, headers=self._headers)

    async def post(self, path: str, body: dict[str, Any] | None = None) -> Any:
        return await self._client.post(self.here + path, body or {}, content_type="application/json", headers=self._headers)

    async def shown(self) -> dict[str, Any]:
        response = await self.get("conversation")
        assert response.status_code == 200, response.content
        found: dict[str, Any] = response.json()
        return found


def events_of(sent: bytes) -> list[dict[str, Any]]:
    return [json.loads(event.removeprefix("data: ")) for event in sent.decode().split("\n\n") if event.startswith("data: ")]


async def events(response: Any) -> list[dict[str, Any]]:
    """All of a stream, to its end."""
    assert response.status_code == 200, response.content
    return events_of(b"".join([event async for event in response]))


class Reader:
    """As docs/widget.md has it: what a client shows of the events that it receives, over however many streams."""

    def __init__(self) -> None:
        self.text, self.end = "", 0

    def take(self, event: dict[str, Any]) -> None:
        if event["type"] == "snapshot":
            self.text, self.end = event["text"], event["end"]
        elif event["type"] == "delta" and event["end"] > self.end:
            assert event["offset"] == self.end
            self.text, self.end = self.text + event["text"], event["end"]
