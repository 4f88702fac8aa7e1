"""From what is stored to what `providers` speaks with."""

from __future__ import annotations

from dataclasses import replace
from typing import cast

from conversations.models import Provider
from conversations.providers.endpoint import OPENAI_CONTEXT_WINDOW, OTHER_CONTEXT_WINDOW, PLACEHOLDER_KEY, Api, Endpoint, Resume


def of(provider: Provider, secret: str, model: str, window: int | None = None) -> Endpoint:
    """The endpoint of a provider that an administrator added. `model` is its name there; `secret` is "" where none is needed."""
    endpoint = Endpoint(
        base_url=provider.base_url.rstrip("/"),
        api=cast("Api", provider.api),
        api_key=secret or PLACEHOLDER_KEY,
        model=model,
        context_window=window or OTHER_CONTEXT_WINDOW,
        resume=cast("Resume", provider.resume),
        headers=tuple(sorted((str(name), str(value)) for name, value in provider.headers.items())),
        files_as=provider.files_as,
        connect_seconds=provider.connect_seconds,
        first_token_seconds=provider.first_token_seconds,
        next_token_seconds=provider.next_token_seconds,
    )
    if window is None and endpoint.is_openai:
        return replace(endpoint, context_window=OPENAI_CONTEXT_WINDOW)
    return endpoint
