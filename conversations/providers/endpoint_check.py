"""Tries a provider out, from the server's side: whether it can be reached, takes the keys, speaks the API, lists models and streams."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from typing import Final

from . import base_urls
from .endpoint import Api, Endpoint
from .errors import ProviderError
from .findings import IN_SETTINGS, Finding, failed
from .key_check import NO_LIST, KeyCheck, check_key, means_no_api, other_api

SECONDS = 20.0
"""How long a check takes at most."""

APIS: Final[dict[Api, str]] = {"responses": "Responses", "chat_completions": "Chat Completions"}


async def examine(
    keys: Mapping[str, Endpoint], advice: Mapping[str, str] = IN_SETTINGS, *, expected: Sequence[str] = (), seconds: float = SECONDS
) -> AsyncIterator[Finding]:
    """A finding for each part, within `seconds`. `keys` are endpoints of one provider that differ in the key, by the keys' labels;
    `expected` are the models, as the provider calls them, that it should list.
    """
    checks = dict(zip(keys, await asyncio.gather(*(check_key(endpoint, seconds) for endpoint in keys.values())), strict=True))
    best = min(
        checks.values(),
        key=lambda check: (not check.answered, not check.spoke, check.trouble_with_the_key is not None, check.offers is None),
    )
    if without_encryption := base_urls.unencrypted(best.endpoint.base_url):
        yield Finding("Encryption", without_encryption, tried=False)
    yield _network(best, advice)
    if not best.reached:
        for subject in (*(_key_subject(label) for label in keys), "API", "Models", "Answer"):
            yield Finding(subject, "not tried.", tried=False)
        return
    if best.other_address:
        words = f"the API is not at {best.endpoint.base_url}, but at {best.other_address}."
        yield Finding("Address", words, advice["other address"].format(address=best.other_address))
    for label, check in checks.items():
        yield _key(label, check, advice)
    yield _api(best, advice)
    yield _models(best, advice, [name for name in (best.endpoint.model, *expected) if name])
    yield _answer(best, advice)


def _network(check: KeyCheck, advice: Mapping[str, str]) -> Finding:
    if check.heard is None:
        error = check.list_error or check.error or ProviderError("network")
        return failed("Network", error, advice, check.endpoint.base_url)
    return Finding("Network", f"{check.endpoint.base_url} answers after {check.heard * 1000:.0f} ms.")


def _key_subject(label: str) -> str:
    return f"Key “{label}”" if label else "Key"


def _key(label: str, check: KeyCheck, advice: Mapping[str, str]) -> Finding:
    subject = _key_subject(label)
    if trouble := check.trouble_with_the_key:
        return failed(subject, trouble, advice)._replace(key=label, error=trouble)
    if check.spoke:
        return Finding(subject, "accepted." if label else "accepted, or none is needed.", key=label, is_proof=True)
    if check.offers is not None:
        return Finding(subject, "accepted for the list of models; no answer came with it.", key=label)
    return Finding(subject, "unknown, because no answer came.", tried=False, key=label)


def _api(check: KeyCheck, advice: Mapping[str, str]) -> Finding:
    api, label = check.endpoint.api, APIS[check.endpoint.api]
    if check.spoke:
        return Finding("API", f"it speaks {label}.")
    if (
        check.error is None
        or check.trouble_with_the_key
        or (check.error.kind in ("timeout", "network", "provider", "interrupted", "address", "proxy") and not means_no_api(check.error))
    ):
        return Finding("API", "unknown, because no answer came.", tried=False)
    if check.other_api:
        other = other_api(api)
        change = advice["other API"].format(api=other, label=APIS[other])
        return Finding("API", f"it doesn’t speak {label}, but it speaks {APIS[other]}.", change)
    if means_no_api(check.error):
        return failed("API", check.error, {**advice, check.error.kind: advice["request"]}, f"it doesn’t speak {label}")
    return Finding("API", f"it understands {label}.")


def _models(check: KeyCheck, advice: Mapping[str, str], expected: Sequence[str]) -> Finding:
    error = check.list_error
    if error is not None:
        if error.status in NO_LIST and not check.endpoint.model:
            return Finding("Models", "it does not list them, and none is known.", advice["not a list"])
        if error.status in NO_LIST:
            return Finding("Models", "it does not list them, as some servers don’t.")
        change = advice["not a list"] if error.status is None and error.kind == "provider" else advice.get(error.kind, error.sentence)
        return Finding("Models", error.cause or error.sentence, change)
    names = [offer.name for offer in check.offers or []]
    if not names:
        return Finding("Models", "it lists none.", "Load a model there.")
    listed = f"it lists {len(names)} model{'s' if len(names) != 1 else ''}"
    answered = check.endpoint.model if check.answered else ""  # under a name that the list has in another form
    missing = [name for name in dict.fromkeys(expected) if not {name, f"{name}:latest"} & set(names) and name != answered]
    if missing:
        choice = ", ".join(names[:5]) + (", …" if len(names) > 5 else "")
        return Finding("Models", f"{listed}, but not {', '.join(missing)}.", advice["not listed"].format(models=choice), lists_models=True)
    return Finding("Models", f"{listed}.", lists_models=True)


def _answer(check: KeyCheck, advice: Mapping[str, str]) -> Finding:
    model = check.endpoint.model
    if not check.asked:
        return Finding("Answer", "not tried." if model or check.trouble_with_the_key else "not tried: no model is known.", tried=False)
    if check.error is not None:
        begun = f"{model} began after {_time(check.first)}, then" if check.first is not None else model
        return failed("Answer", check.error, advice, begun)
    if not check.text:
        return Finding("Answer", f"{model} answered without a word.", advice["model"])
    return Finding("Answer", f"{model} streams; its first token came after {_time(check.first or 0)}, its last after {_time(check.took)}.")


def _time(seconds: float) -> str:
    return f"{seconds * 1000:.0f} ms" if seconds < 1 else f"{seconds:.1f} s"
