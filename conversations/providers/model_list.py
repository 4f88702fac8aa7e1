"""Which models a provider offers."""

import asyncio
import re
from dataclasses import replace
from datetime import date
from time import monotonic
from typing import Any, NamedTuple

import httpx2
import orjson
from django.conf import settings
from openai import AsyncStream

from conversations.process_cache import kept

from . import clients, error_reading
from .bounded_transport import read_beginning
from .endpoint import Endpoint
from .errors import ProviderError

FRESH_SECONDS = 300.0
PATIENCE_SECONDS = 20.0
LARGEST_LIST = 4 * 1024 * 1024
"""Bytes, unpacked. The longest that are known have less than one."""
MOST_MODELS = 5_000
LONGEST_NAME = 200
LARGEST_WINDOW = 1_000_000_000
"""Tokens; what is said beyond that is nonsense, and columns don't hold it."""

_NOT_FOR_CHAT = re.compile(
    r"embed|whisper|(^|[-_/])(tts|asr|sora)([-_:.]|$)|dall-e|moderation|image|realtime|transcri|rerank|babbage|davinci", re.I
)
_WINDOWS = ("context_window", "context_length", "max_model_len", "max_context_length")
_SHUTDOWN_DATES = ("shutdown_date", "expiration_date")
"""As OpenAI and OpenRouter call it: days such as “2026-12-31”, or null."""
_lists: dict[tuple[str, str], tuple[float, dict[str, int]]] = kept({})


class Offer(NamedTuple):
    """One model of the list, with all that the server says of it."""

    name: str
    fields: dict[str, Any]

    @property
    def window(self) -> int:
        """Tokens, or 0 where the server doesn't tell."""
        told = (self.fields.get(field) for field in _WINDOWS)
        return next((number for number in told if type(number) is int and 0 < number <= LARGEST_WINDOW), 0)

    @property
    def shutdown_date(self) -> date | None:
        """The day on which it is shut down, where the server tells."""
        told = (_day(self.fields.get(field)) for field in _SHUTDOWN_DATES)
        return next((day for day in told if day is not None), None)

    @property
    def is_for_chat(self) -> bool:
        """As far as its name tells."""
        return not _NOT_FOR_CHAT.search(self.name)


async def offers(endpoint: Endpoint) -> list[Offer]:
    """What the provider offers right now. Raises ProviderError."""
    return _offers(await _ask(endpoint))


async def list_models(endpoint: Endpoint) -> list[str]:
    """The models' names, as the provider orders them. Raises ProviderError."""
    names = list(await _models(endpoint))
    return [name for name in names if not _NOT_FOR_CHAT.search(name)] if endpoint.is_openai else names


async def with_first_model(endpoint: Endpoint) -> Endpoint:
    """The endpoint with the first model that can chat, and its window where the server tells and the settings don't."""
    windows = await _models(endpoint)
    name = next((name for name in windows if not _NOT_FOR_CHAT.search(name)), None) or next(iter(windows), None)
    if name is None:
        raise ProviderError("model", f"{endpoint.base_url} lists no model. Load one there, or name one in OPENAI_MODEL.")
    window = settings.OPENAI_CONTEXT_WINDOW or windows[name] or endpoint.context_window
    return replace(endpoint, model=name, context_window=window)


async def _models(endpoint: Endpoint) -> dict[str, int]:
    """Names, and context windows or 0."""
    key = (endpoint.base_url, endpoint.api_key)
    asked, windows = _lists.get(key, (0.0, {}))
    if key not in _lists or monotonic() - asked > FRESH_SECONDS:
        windows = _read(await _ask(endpoint))
        _lists[key] = (monotonic(), windows)
    return windows


async def _ask(endpoint: Endpoint) -> object:
    failure: ProviderError
    content = bytearray()
    try:
        async with asyncio.timeout(PATIENCE_SECONDS):
            response: Any = await clients.client(endpoint).get(
                "/models",
                cast_to=httpx2.Response,
                options={
                    "timeout": clients.timeouts(endpoint.connect_seconds, PATIENCE_SECONDS),
                    "max_retries": 1,
                    "headers": {"Accept-Encoding": "identity"},
                },
                stream=True,
                stream_cls=AsyncStream[Any],
            )
            await read_beginning(response, LARGEST_LIST + 1, content)
        if len(content) <= LARGEST_LIST:
            document: object = orjson.loads(content)
            return document
        failure = ProviderError("provider", f"{endpoint.base_url}/models is too long for a list of models. Is the address right?")
    except error_reading.WIRE_TROUBLE as error:
        failure = error_reading.from_exception(error, endpoint)
    except ValueError:
        failure = ProviderError("provider", f"{endpoint.base_url}/models is not a list of models. Is the address right?")
    raise failure


def _read(document: object) -> dict[str, int]:
    return {offer.name: offer.window for offer in _offers(document)}


def _offers(document: object) -> list[Offer]:
    entries = document
    if isinstance(document, dict):
        entries = document.get("data") or document.get("models") or []
    offers: dict[str, Offer] = {}
    for entry in entries if isinstance(entries, list) else []:
        fields: dict[str, Any] = entry if isinstance(entry, dict) else {"id": entry}
        name = fields.get("id") or fields.get("name")
        if isinstance(name, str) and 0 < len(name) <= LONGEST_NAME and "*" not in name:  # a gateway's pattern is no model
            offers[name] = Offer(name, fields)
        if len(offers) == MOST_MODELS:
            break
    return list(offers.values())


def _day(told: object) -> date | None:
    """Some servers add the time of day."""
    try:
        return date.fromisoformat(told[:10]) if isinstance(told, str) else None
    except ValueError:
        return None
