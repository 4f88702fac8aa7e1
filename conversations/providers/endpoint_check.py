"""Tries a provider out, from the server's side: whether it can be reached, takes the keys, speaks the API, lists models and streams."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final
from urllib.parse import urlsplit

from . import base_urls, model_list, opening
from .endpoint import Api, Endpoint
from .errors import ProviderError
from .findings import IN_SETTINGS, Finding, failed
from .parts import Delta
from .request import Request, Turn

SECONDS = 20.0
"""How long a check takes at most."""
LIST_SHARE = 0.4
"""How much of that the list of models may take."""

APIS: Final[dict[Api, str]] = {"responses": "Responses", "chat_completions": "Chat Completions"}
_QUESTION = "Answer with one word: ready"
_NO_LIST = (404, 405, 501)
_NO_API = (404, 405, 501)
_ENDS_THE_TRIAL = ("network", "key", "address", "proxy")
_KEY_KINDS = ("key", "permission", "quota", "rate_limit")


@dataclass(slots=True)
class _Trial:
    """What came of one key."""

    endpoint: Endpoint
    heard: float | None = None
    """Seconds until the server said anything."""
    offers: list[model_list.Offer] | None = None
    list_error: ProviderError | None = None
    first: float | None = None
    took: float = 0.0
    text: str = ""
    error: ProviderError | None = None
    asked: bool = False
    other_api: bool = False
    other_address: str = ""
    """Where the API is, if it isn't where the base URL leads."""
    started: float = field(default_factory=time.monotonic)

    @property
    def answered(self) -> bool:
        return self.asked and self.error is None

    @property
    def spoke(self) -> bool:
        """Whether at least the beginning of an answer came."""
        return self.answered or self.first is not None

    @property
    def reached(self) -> bool:
        return self.heard is not None

    @property
    def trouble_with_the_key(self) -> ProviderError | None:
        for error in (self.error, self.list_error):
            if error is not None and error.kind in _KEY_KINDS and not self.spoke:
                return error
        return None

    def hear(self, error: ProviderError | None = None) -> None:
        from_there = error is None or (error.kind != "proxy" and (error.status is not None or error.kind not in ("network", "timeout")))
        if self.heard is None and from_there:
            self.heard = time.monotonic() - self.started


async def examine(
    keys: Mapping[str, Endpoint], advice: Mapping[str, str] = IN_SETTINGS, *, expected: Sequence[str] = (), seconds: float = SECONDS
) -> AsyncIterator[Finding]:
    """A finding for each part, within `seconds`. `keys` are endpoints of one provider that differ in the key, by the keys' labels;
    `expected` are the models, as the provider calls them, that it should list.
    """
    trials = dict(zip(keys, await asyncio.gather(*(_try(endpoint, seconds) for endpoint in keys.values())), strict=True))
    best = min(
        trials.values(),
        key=lambda trial: (not trial.answered, not trial.spoke, trial.trouble_with_the_key is not None, trial.offers is None),
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
    for label, trial in trials.items():
        yield _key(label, trial, advice)
    yield _api(best, advice)
    yield _models(best, advice, [name for name in (best.endpoint.model, *expected) if name])
    yield _answer(best, advice)


async def _try(endpoint: Endpoint, seconds: float) -> _Trial:
    trial = _Trial(endpoint)
    try:
        async with asyncio.timeout(seconds * LIST_SHARE):
            trial.offers = await model_list.offers(endpoint)
        trial.hear()
    except ProviderError as error:
        trial.list_error = error.with_traceback(None)
        trial.hear(error)
    except TimeoutError:
        trial.list_error = ProviderError("timeout", f"The list of models did not come within {seconds * LIST_SHARE:.0f} s.")
    if trial.list_error is not None and (trial.list_error.status in _NO_LIST or trial.list_error.kind == "provider"):
        trial.other_address = await _address_with_version(endpoint, seconds * LIST_SHARE)
    if (trial.list_error is not None and trial.list_error.kind in _ENDS_THE_TRIAL) or not (model := _model(trial)):
        return trial
    trial.endpoint = replace(endpoint, model=model)
    trial.asked = True
    left = seconds - (time.monotonic() - trial.started)
    try:
        async with asyncio.timeout(left):
            await _ask(trial)
    except ProviderError as error:
        trial.error = error.with_traceback(None)
        trial.hear(error)
        if _means_no_api(error):
            trial.other_api = await _speaks_the_other(trial.endpoint, seconds - (time.monotonic() - trial.started))
    except TimeoutError:
        trial.error = ProviderError("timeout", f"It did not finish within {left:.0f} s.")
    return trial


async def _address_with_version(endpoint: Endpoint, seconds: float) -> str:
    """The address with the /v1 that its owner forgot, if the API is there."""
    if urlsplit(endpoint.base_url).path.endswith("/v1"):
        return ""
    there = replace(endpoint, base_url=f"{endpoint.base_url}/v1")
    try:
        async with asyncio.timeout(seconds):
            await model_list.offers(there)
    except ProviderError as error:
        return there.base_url if error.kind == "key" else ""
    except TimeoutError:
        return ""
    return there.base_url


def _model(trial: _Trial) -> str:
    offers = trial.offers or []
    return trial.endpoint.model or next((offer.name for offer in offers if offer.is_for_chat), offers[0].name if offers else "")


async def _ask(trial: _Trial) -> None:
    """Raises ProviderError."""
    start = time.monotonic()
    async with opening.open_stream(trial.endpoint, _request(trial.endpoint)) as stream:
        trial.hear()
        async for parts in stream:
            if trial.first is None and any(isinstance(part, Delta) for part in parts):
                trial.first = time.monotonic() - start
            trial.text += "".join(part.text for part in parts if isinstance(part, Delta) and part.kind != "reasoning")
    trial.took = time.monotonic() - start


def _request(endpoint: Endpoint) -> Request:
    return Request(endpoint.model, "", [Turn("user", _QUESTION)])


def _means_no_api(error: ProviderError) -> bool:
    """Whether the server doesn't know the API."""
    return error.kind != "model" and (error.status in _NO_API or error.is_no_answer)


async def _speaks_the_other(endpoint: Endpoint, seconds: float) -> bool:
    try:
        other = replace(endpoint, api=_other(endpoint.api), resume="")
        async with asyncio.timeout(seconds), opening.open_stream(other, _request(other)) as stream:
            async for _ in stream:
                pass
    except (ProviderError, TimeoutError):
        return False
    return True


def _other(api: Api) -> Api:
    return "chat_completions" if api == "responses" else "responses"


def _network(trial: _Trial, advice: Mapping[str, str]) -> Finding:
    if trial.heard is None:
        error = trial.list_error or trial.error or ProviderError("network")
        return failed("Network", error, advice, trial.endpoint.base_url)
    return Finding("Network", f"{trial.endpoint.base_url} answers after {trial.heard * 1000:.0f} ms.")


def _key_subject(label: str) -> str:
    return f"Key “{label}”" if label else "Key"


def _key(label: str, trial: _Trial, advice: Mapping[str, str]) -> Finding:
    subject = _key_subject(label)
    if trouble := trial.trouble_with_the_key:
        return failed(subject, trouble, advice)._replace(key=label, error=trouble)
    if trial.spoke:
        return Finding(subject, "accepted." if label else "accepted, or none is needed.", key=label, is_proof=True)
    if trial.offers is not None:
        return Finding(subject, "accepted for the list of models; no answer came with it.", key=label)
    return Finding(subject, "unknown, because no answer came.", tried=False, key=label)


def _api(trial: _Trial, advice: Mapping[str, str]) -> Finding:
    api, label = trial.endpoint.api, APIS[trial.endpoint.api]
    if trial.spoke:
        return Finding("API", f"it speaks {label}.")
    if (
        trial.error is None
        or trial.trouble_with_the_key
        or (trial.error.kind in ("timeout", "network", "provider", "interrupted", "address", "proxy") and not _means_no_api(trial.error))
    ):
        return Finding("API", "unknown, because no answer came.", tried=False)
    if trial.other_api:
        other = _other(api)
        change = advice["other API"].format(api=other, label=APIS[other])
        return Finding("API", f"it doesn’t speak {label}, but it speaks {APIS[other]}.", change)
    if _means_no_api(trial.error):
        return failed("API", trial.error, {**advice, trial.error.kind: advice["request"]}, f"it doesn’t speak {label}")
    return Finding("API", f"it understands {label}.")


def _models(trial: _Trial, advice: Mapping[str, str], expected: Sequence[str]) -> Finding:
    error = trial.list_error
    if error is not None:
        if error.status in _NO_LIST and not trial.endpoint.model:
            return Finding("Models", "it does not list them, and none is known.", advice["not a list"])
        if error.status in _NO_LIST:
            return Finding("Models", "it does not list them, as some servers don’t.")
        change = advice["not a list"] if error.status is None and error.kind == "provider" else advice.get(error.kind, error.sentence)
        return Finding("Models", error.cause or error.sentence, change)
    names = [offer.name for offer in trial.offers or []]
    if not names:
        return Finding("Models", "it lists none.", "Load a model there.")
    listed = f"it lists {len(names)} model{'s' if len(names) != 1 else ''}"
    answered = trial.endpoint.model if trial.answered else ""  # under a name that the list has in another form
    missing = [name for name in dict.fromkeys(expected) if not {name, f"{name}:latest"} & set(names) and name != answered]
    if missing:
        choice = ", ".join(names[:5]) + (", …" if len(names) > 5 else "")
        return Finding("Models", f"{listed}, but not {', '.join(missing)}.", advice["not listed"].format(models=choice), lists_models=True)
    return Finding("Models", f"{listed}.", lists_models=True)


def _answer(trial: _Trial, advice: Mapping[str, str]) -> Finding:
    model = trial.endpoint.model
    if not trial.asked:
        return Finding("Answer", "not tried." if model or trial.trouble_with_the_key else "not tried: no model is known.", tried=False)
    if trial.error is not None:
        begun = f"{model} began after {_time(trial.first)}, then" if trial.first is not None else model
        return failed("Answer", trial.error, advice, begun)
    if not trial.text:
        return Finding("Answer", f"{model} answered without a word.", advice["model"])
    return Finding("Answer", f"{model} streams; its first token came after {_time(trial.first or 0)}, its last after {_time(trial.took)}.")


def _time(seconds: float) -> str:
    return f"{seconds * 1000:.0f} ms" if seconds < 1 else f"{seconds:.1f} s"
