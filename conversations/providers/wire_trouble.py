"""Tells the kind of error from an exception: trouble on the wire, or a status that the client library raises."""

import asyncio
from collections.abc import Iterator

import aiohttp
import httpx2
import openai

from . import error_reading, on_the_way, wire_words
from .endpoint import Endpoint
from .errors import ProviderError
from .redaction import redacted

# What the client library and its transport raise for trouble on the wire; anything else is a mistake of ours.
EXCEPTIONS = (
    openai.OpenAIError,
    httpx2.HTTPError,
    httpx2.InvalidURL,
    httpx2.StreamError,
    aiohttp.ClientError,
    OSError,
    asyncio.TimeoutError,
)


def from_exception(exception: BaseException, endpoint: Endpoint, *, streaming: bool = False) -> ProviderError:
    """From one of EXCEPTIONS. `streaming` says that the answer had begun."""
    if isinstance(exception, openai.APIStatusError):
        response = exception.response
        return on_the_way.failure(response, exception.body, endpoint) or error_reading.from_error(
            exception.body or exception.message, endpoint, status=response.status_code, headers=response.headers
        )
    chain = list(_causes(exception))
    words = wire_words.in_words(chain, endpoint) or " ← ".join(f"{type(link).__name__}: {link}".rstrip(": ") for link in chain)
    cause = redacted(words, *endpoint.secrets)
    if isinstance(exception, openai.APIError) and exception.body:
        return error_reading.from_error(exception.body, endpoint)
    if refusal := next((link for link in chain if isinstance(link, aiohttp.ClientHttpProxyError)), None):
        return on_the_way.refused_by_a_proxy(f"HTTP {refusal.status}: {refusal.message}", endpoint, refusal.status)
    # The transport reports some refused and dropped connections as timeouts; the innermost exception knows better.
    innermost = next((link for link in reversed(chain) if isinstance(link, aiohttp.ClientError | OSError)), chain[-1])
    if isinstance(innermost, TimeoutError | httpx2.TimeoutException | openai.APITimeoutError):
        return ProviderError("timeout", cause)
    return ProviderError("interrupted" if streaming else "network", cause)


def was_never_sent(exception: BaseException) -> bool:
    """Whether the server closed a connection that lay idle just as it was to be used again: it knows nothing of the request."""
    return any(isinstance(link, aiohttp.ClientConnectionResetError) for link in _causes(exception))


def _causes(exception: BaseException) -> Iterator[BaseException]:
    link: BaseException | None = exception
    seen: set[int] = set()
    while link is not None and id(link) not in seen:
        seen.add(id(link))
        yield link
        link = link.__cause__ or (None if link.__suppress_context__ else link.__context__)
