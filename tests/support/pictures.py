"""Pictures, as a provider of the Images API sends them."""

from __future__ import annotations

import base64
from io import BytesIO
from typing import Any

from PIL import Image

from conversations.models import Model, Provider
from conversations.routing import catalog

from .scripted_openai import Answer, Event, Step

DRAWER = "gpt-image-2"
USAGE = {"input_tokens": 12, "output_tokens": 1056, "total_tokens": 1068, "input_tokens_details": {"text_tokens": 12, "image_tokens": 0}}


def picture(colour: str = "teal", size: tuple[int, int] = (96, 64), kind: str = "PNG") -> bytes:
    encoded = BytesIO()
    Image.new("RGB", size, colour).save(encoded, kind)
    return encoded.getvalue()


def encoded(data: bytes) -> str:
    return base64.b64encode(data).decode()


def partial(data: bytes, number: int = 0) -> Event:
    return Event({"type": "image_generation.partial_image", "b64_json": encoded(data), "partial_image_index": number})


def completed(data: bytes, usage: dict[str, Any] | None = USAGE) -> Event:
    return Event({"type": "image_generation.completed", "b64_json": encoded(data), "usage": usage})


def streamed(*steps: Step) -> Answer:
    return Answer(steps=steps)


def whole(*pictures: bytes, usage: dict[str, Any] | None = USAGE) -> Answer:
    """As it comes unstreamed."""
    return Answer(body={"created": 1, "data": [{"b64_json": encoded(one)} for one in pictures], "usage": usage})


def offer(base_url: str, name: str = DRAWER, **fields: Any) -> Provider:
    """A provider that has this model, and the chat model of the tests."""
    row = Provider.objects.create(name=f"Draws {Provider.objects.count()}", base_url=base_url, priority=Provider.objects.count() + 5)
    Model.objects.create(provider=row, name=name, **fields)
    catalog.forget()
    return row
