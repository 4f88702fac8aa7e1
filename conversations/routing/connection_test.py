"""Examines a provider that is stored: with each of its keys, and for the models that it is to have."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import TypeVar
from uuid import UUID

from conversations.models import ApiKey, Model, Origin, Provider
from conversations.models.sealed import Unreadable
from conversations.providers import clients, embedded, endpoint_check, model_list
from conversations.providers.endpoint import Endpoint, configured
from conversations.providers.errors import ProviderError
from conversations.providers.findings import IN_ADMIN, IN_SETTINGS, Finding, failed
from conversations.providers.offer import Offer

from . import endpoints, keys

T = TypeVar("T")
LIST_SECONDS = 20.0
ENTER_AGAIN = "Enter it again, or name the old secret in OLD_KEY_SECRETS."


@dataclass(frozen=True, slots=True)
class Ways:
    """How a provider can be asked: by the keys' labels, or by "" without one. No way leads to the built-in model before it is started."""

    origin: str
    endpoints: Mapping[str, Endpoint]
    closed: tuple[str, ...] = ()
    """Labels of keys that can't be opened."""
    models: tuple[str, ...] = ()
    """Enabled ones, as the provider calls them."""
    keys: Mapping[str, UUID] = field(default_factory=dict)
    """The rows of the keys, by the same labels."""


def ways(provider: Provider) -> Ways:
    models = tuple(model.upstream_name for model in Model.objects.filter(provider=provider, enabled=True))
    if provider.origin == Origin.BUILT_IN:
        return Ways(provider.origin, {}, models=models)
    if provider.origin == Origin.ENVIRONMENT:
        endpoint, row = configured(), ApiKey.objects.filter(provider=provider, enabled=True).first()
        return Ways(provider.origin, {"": endpoint} if endpoint else {}, models=models, keys={"": row.pk} if row else {})
    opened: dict[str, str] = {}
    closed: list[str] = []
    rows = list(ApiKey.objects.filter(provider=provider, enabled=True))
    for key in rows:
        try:
            opened[key.label] = key.secret
        except Unreadable:
            closed.append(key.label)
    default = next((name for name in (_default(provider), *models) if name), "")
    found = {label: endpoints.of(provider, secret, default) for label, secret in opened.items()}
    if not found and not closed:
        found = {"": endpoints.of(provider, "", default)}
    return Ways(provider.origin, found, tuple(closed), models, {key.label: key.pk for key in rows})


def examine(provider: Provider, seconds: float) -> list[Finding]:
    """A report in about `seconds` at most. What it finds out about keys counts from then on. Synchronous; must not be called where an event
    loop runs.
    """
    known = ways(provider)
    return [_with_consequence(finding, known) for finding in _run(lambda: _examined(known, seconds))]


def _with_consequence(finding: Finding, known: Ways) -> Finding:
    """As with answers: a key that the provider doesn't take is refused or paused, and one with which an answer came is used again."""
    row = known.keys.get(finding.key) if finding.key is not None else None
    if finding.key is None or row is None:
        return finding
    if (error := finding.error) is not None:
        if error.concerns_key and error.kind == "key":
            keys.refuse(row, known.endpoints[finding.key].api_key, error)
        elif error.concerns_key:
            keys.cool(row, error)
    elif finding.is_proof and keys.use_again(row):
        return finding._replace(words=f"{finding.words} It was paused or refused, and is used again from now on.")
    return finding


def offers(provider: Provider) -> list[Offer]:
    """What it lists right now, asked with the first key that it takes. Raises ProviderError. Synchronous like `examine`."""
    known = ways(provider)
    return _run(lambda: _offered(known))


async def _examined(known: Ways, seconds: float) -> list[Finding]:
    advice = IN_ADMIN if known.origin == Origin.ADMIN else IN_SETTINGS
    closed = [Finding(f"Key “{label}”", "it can’t be opened.", ENTER_AGAIN) for label in known.closed]
    try:
        open_ways = await _open_ways(known)
    except ProviderError as error:
        return [*closed, failed("Provider", error, advice)]
    if not open_ways:
        return closed
    findings = [finding async for finding in endpoint_check.examine(open_ways, advice, expected=known.models, seconds=seconds)]
    return [findings[0], *closed, *findings[1:]]


async def _offered(known: Ways) -> list[Offer]:
    failure = ProviderError("key", "No key can be used." if known.closed else "No provider is configured.")
    for endpoint in (await _open_ways(known)).values():
        try:
            async with asyncio.timeout(LIST_SECONDS):
                return await model_list.offers(endpoint)
        except ProviderError as error:
            failure = error.with_traceback(None)
            if error.kind not in ("key", "permission", "quota", "rate_limit"):
                break
        except TimeoutError:
            failure = ProviderError("timeout", f"The list of models did not come within {LIST_SECONDS:.0f} s.")
            break
    raise failure


async def _open_ways(known: Ways) -> Mapping[str, Endpoint]:
    if known.origin == Origin.BUILT_IN:
        return {"": await embedded.ready()}
    return known.endpoints


def _default(provider: Provider) -> str:
    """Its default model, as the provider calls it."""
    model = Model.objects.filter(provider=provider, name=provider.default_model).first()
    return model.upstream_name if model else provider.default_model


def _run(work: Callable[[], Awaitable[T]]) -> T:
    async def with_own_clients() -> T:
        async with clients.apart():
            return await work()

    return asyncio.run(with_own_clients())
