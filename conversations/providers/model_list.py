"""Which models a provider offers."""

import re
from dataclasses import replace
from time import monotonic
from typing import Any, NamedTuple

import httpx2
from django.conf import settings

from conversations.process_cache import kept

from . import clients, error_reading
from .endpoint import Endpoint
from .errors import ProviderError

FRESH_SECONDS = 300.0
PATIENCE_SECONDS = 20.0

_NOT_FOR_CHAT = re.compile(
    r"embed|whisper|(^|[-_/])(tts|asr|sora)([-_:.]|$)|dall-e|moderation|image|realtime|transcri|rerank|babbage|davinci", re.I
)
_WINDOWS = ("context_window", "context_length", "max_model_len", "max_context_length")
_lists: dict[tuple[str, str], tuple[float, dict[str, int]]] = kept({})


class Offer(NamedTuple):
    """One model of the list, with all that the server says of it."""

    name: str
    fields: dict[str, Any]

    @property
    def window(self) -> int:
        """Tokens, or 0 where the server doesn't tell."""
        return next((self.fields[field] for field in _WINDOWS if isinstance(self.fields.get(field), int)), 0)

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
    try:
        response: httpx2.Response = await clients.client(endpoint).get(
            "/models", cast_to=httpx2.Response, options={"timeout": clients.timeouts(endpoint, PATIENCE_SECONDS), "max_retries": 1}
        )
        document: object = response.json()
        return document
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
        if isinstance(name, str) and "*" not in name:  # a gateway's pattern is no model
            offers[name] = Offer(name, fields)
    return list(offers.values())
