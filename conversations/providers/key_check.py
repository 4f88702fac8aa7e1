"""A provider tried out with one of its keys: its list of models is asked for, and then an answer."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass, field, replace
from urllib.parse import urlsplit

from . import model_list, opening
from .endpoint import Api, Endpoint
from .errors import ProviderError
from .offer import Offer
from .parts import Delta
from .request import Request, Turn

LIST_SHARE = 0.4
"""How much of the time the list of models may take."""
NO_LIST = (404, 405, 501)
"""Statuses of servers that list no models."""

_QUESTION = "Answer with one word: ready"
_NO_API = (404, 405, 501)
_ENDS_THE_CHECK = ("network", "key", "address", "proxy")
_KEY_KINDS = ("key", "permission", "quota", "rate_limit")


@dataclass(slots=True)
class KeyCheck:
    """What came of one key."""

    endpoint: Endpoint
    heard: float | None = None
    """Seconds until the server said anything."""
    offers: list[Offer] | None = None
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


async def check_key(endpoint: Endpoint, seconds: float) -> KeyCheck:
    """Raises nothing: what goes wrong is a part of what came of it, within so many seconds."""
    check = KeyCheck(endpoint)
    try:
        async with asyncio.timeout(seconds * LIST_SHARE):
            check.offers = await model_list.offers(endpoint)
        check.hear()
    except ProviderError as error:
        check.list_error = error.with_traceback(None)
        check.hear(error)
    except TimeoutError:
        check.list_error = ProviderError("timeout", f"The list of models did not come within {seconds * LIST_SHARE:.0f} s.")
    if check.list_error is not None and (check.list_error.status in NO_LIST or check.list_error.kind == "provider"):
        check.other_address = await _address_with_version(endpoint, seconds * LIST_SHARE)
    if (check.list_error is not None and check.list_error.kind in _ENDS_THE_CHECK) or not (model := _model(check)):
        return check
    check.endpoint = replace(endpoint, model=model)
    check.asked = True
    left = seconds - (time.monotonic() - check.started)
    try:
        async with asyncio.timeout(left):
            await _ask(check)
    except ProviderError as error:
        check.error = error.with_traceback(None)
        check.hear(error)
        if means_no_api(error):
            check.other_api = await _speaks_the_other(check.endpoint, seconds - (time.monotonic() - check.started))
    except TimeoutError:
        check.error = ProviderError("timeout", f"It did not finish within {left:.0f} s.")
    return check


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


def _model(check: KeyCheck) -> str:
    offers = check.offers or []
    return check.endpoint.model or next((offer.name for offer in offers if offer.is_for_chat), offers[0].name if offers else "")


async def _ask(check: KeyCheck) -> None:
    """Raises ProviderError."""
    start = time.monotonic()
    async with opening.open_stream(check.endpoint, _request(check.endpoint)) as stream:
        check.hear()
        async for parts in stream:
            if check.first is None and any(isinstance(part, Delta) for part in parts):
                check.first = time.monotonic() - start
            check.text += "".join(part.text for part in parts if isinstance(part, Delta) and part.kind != "reasoning")
    check.took = time.monotonic() - start


def _request(endpoint: Endpoint) -> Request:
    return Request(endpoint.model, "", [Turn("user", _QUESTION)])


def means_no_api(error: ProviderError) -> bool:
    """Whether the server doesn't know the API."""
    return error.kind != "model" and (error.status in _NO_API or error.is_no_answer)


async def _speaks_the_other(endpoint: Endpoint, seconds: float) -> bool:
    try:
        other = replace(endpoint, api=other_api(endpoint.api), resume="")
        async with asyncio.timeout(seconds), opening.open_stream(other, _request(other)) as stream:
            async for _ in stream:
                pass
    except (ProviderError, TimeoutError):
        return False
    return True


def other_api(api: Api) -> Api:
    return "chat_completions" if api == "responses" else "responses"
