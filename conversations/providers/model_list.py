"""Which models a provider offers."""

import asyncio
from dataclasses import replace
from time import monotonic
from typing import Any

import httpx2
import orjson
from django.conf import settings
from openai import AsyncStream

from conversations.process_cache import kept

from . import clients, wire_trouble
from .bounded_transport import read_beginning
from .endpoint import Endpoint
from .errors import ProviderError
from .offer import Offer, is_for_chat

FRESH_SECONDS = 300.0
PATIENCE_SECONDS = 20.0
LARGEST_LIST = 4 * 1024 * 1024
"""Bytes, unpacked. The longest that are known have less than one."""
MOST_MODELS = 5_000
LONGEST_NAME = 200
_lists: dict[tuple[str, str], tuple[float, dict[str, int]]] = kept({})


async def offers(endpoint: Endpoint) -> list[Offer]:
    """What the provider offers right now. Raises ProviderError."""
    return _offers(await _ask(endpoint))


async def list_models(endpoint: Endpoint) -> list[str]:
    """The models' names, as the provider orders them. Raises ProviderError."""
    names = list(await _models(endpoint))
    return [name for name in names if is_for_chat(name)] if endpoint.is_openai else names


async def with_first_model(endpoint: Endpoint) -> Endpoint:
    """The endpoint with the first model that can chat, and its window where the server tells and the settings don't."""
    windows = await _models(endpoint)
    name = next((name for name in windows if is_for_chat(name)), None) or next(iter(windows), None)
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
    except wire_trouble.EXCEPTIONS as error:
        failure = wire_trouble.from_exception(error, endpoint)
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
