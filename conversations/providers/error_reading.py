"""Tells the kind of error from a status, from an error object that the server sent, or from an exception."""

import asyncio
import re
from collections.abc import Iterator, Mapping
from typing import Any

import aiohttp
import httpx2
import openai

from .endpoint import Endpoint
from .errors import ProviderError
from .redaction import redacted
from .retry_after import retry_after_seconds

# What the client library and its transport raise for trouble on the wire; anything else is a mistake of ours.
WIRE_TROUBLE = (
    openai.OpenAIError,
    httpx2.HTTPError,
    httpx2.InvalidURL,
    httpx2.StreamError,
    aiohttp.ClientError,
    OSError,
    asyncio.TimeoutError,
)

_CONTEXT = re.compile(
    r"context_length_exceeded|exceed_context_size|(maximum|max|available) context|context (length|size|window)"
    r"|(prompt|input|request|conversation) is too long|too many (input )?tokens|reduce the length",
    re.I,
)
_QUOTA = re.compile(
    r"insufficient_quota|billing|exceeded your current quota|(insufficient|out of|run out of|not enough) (credit|balance|fund)", re.I
)
_FILTER = re.compile(r"content_filter|content_policy|content management policy|safety_violation|moderation|flagged", re.I)
_KEY = re.compile(r"invalid_api_key|api key (is )?(not valid|invalid)|(invalid|incorrect) api key", re.I)
_MODEL = re.compile(
    r"model_not_found|invalid_model|model\b.{0,200}\b(not (found|exist|available|supported|loaded)|does ?n.t exist|unknown)"
    r"|(unknown|invalid|no such) model",
    re.I | re.S,
)
_RATE = re.compile(r"rate.?limit|too.many.requests|overloaded", re.I)
_REFUSED = re.compile(
    r"unsupported|not supported|n.t support|not support|unknown|unrecogni[sz]ed|unexpected|not permitted|not allowed|forbidden"
    r"|invalid (parameter|argument|field)|not a valid (parameter|field)",
    re.I,
)
_FIELDS = {
    "temperature": "temperature",
    "top_p": "top_p",
    "max_tokens": "max_output_tokens",
    "max_completion_tokens": "max_output_tokens",
    "max_output_tokens": "max_output_tokens",
    "reasoning_effort": "reasoning_effort",
    "reasoning.effort": "reasoning_effort",
    "reasoning": "reasoning_effort",
}


def from_error(error: object, endpoint: Endpoint, *, status: int | None = None, headers: Mapping[str, str] | None = None) -> ProviderError:
    """From an error object as servers send it, in an answer's body or amid a stream."""
    nested = error.get("error") if isinstance(error, dict) else None
    error = nested or error
    fields: dict[str, Any] = error if isinstance(error, dict) else {}
    message = str(fields.get("message") or fields.get("detail") or (error if error else "no explanation"))
    code, label = str(fields.get("code") or ""), str(fields.get("type") or "")
    if status is None and code.isdigit():
        status = int(code)
    message = plain(message)
    text = f"{code} {label} {message}"
    parameter = _refused_parameter(fields, text) if status in (None, 400, 422) else None
    name = " ".join(
        word
        for word in (f"HTTP {status}" if status else "", code if code != str(status) else "", label if label != "error" else "")
        if word
    )
    return ProviderError(
        "parameter" if parameter else _kind(status, text),
        redacted(f"{name}: {message}" if name else message, *endpoint.secrets),
        parameter=parameter,
        retry_after=retry_after_seconds(headers or {}),
        status=status,
        request_id=(headers or {}).get("x-request-id"),
    )


def from_exception(exception: BaseException, endpoint: Endpoint, *, streaming: bool = False) -> ProviderError:
    """From one of WIRE_TROUBLE. `streaming` says that the answer had begun."""
    if isinstance(exception, openai.APIStatusError):
        response = exception.response
        return from_error(exception.body or exception.message, endpoint, status=response.status_code, headers=response.headers)
    chain = list(_causes(exception))
    cause = redacted(" ← ".join(f"{type(link).__name__}: {link}".rstrip(": ") for link in chain), *endpoint.secrets)
    if isinstance(exception, openai.APIError) and exception.body:
        return from_error(exception.body, endpoint)
    # The transport reports some refused and dropped connections as timeouts; the innermost exception knows better.
    innermost = next((link for link in reversed(chain) if isinstance(link, aiohttp.ClientError | OSError)), chain[-1])
    if isinstance(innermost, TimeoutError | httpx2.TimeoutException | openai.APITimeoutError):
        return ProviderError("timeout", cause)
    return ProviderError("interrupted" if streaming else "network", cause)


def was_never_sent(exception: BaseException) -> bool:
    """Whether the server closed a connection that lay idle just as it was to be used again: it knows nothing of the request."""
    return any(isinstance(link, aiohttp.ClientConnectionResetError) for link in _causes(exception))


def plain(text: str) -> str:
    """What a web page says, in one line; other text as it is."""
    if text.lstrip()[:1] != "<":
        return text
    title = re.search(r"<title[^>]*>(.*?)</title>", text, re.I | re.S)
    words = title[1] if title else re.sub(r"(?s)<(script|style).*?</\1>|<[^>]*>", " ", text)
    return " ".join(words.split())[:300]


def _causes(exception: BaseException) -> Iterator[BaseException]:
    link: BaseException | None = exception
    seen: set[int] = set()
    while link is not None and id(link) not in seen:
        seen.add(id(link))
        yield link
        link = link.__cause__ or (None if link.__suppress_context__ else link.__context__)


def _kind(status: int | None, text: str) -> str:
    if _CONTEXT.search(text) and status not in (401, 403, 404, 429):
        return "context"
    if status == 402 or _QUOTA.search(text):
        return "quota"
    if status == 401 or _KEY.search(text):
        return "key"
    if status == 403:
        return "permission"
    if status == 429 or (status is None and _RATE.search(text)):
        return "rate_limit"
    if status == 413:
        return "context"
    if status in (408, 504):
        return "timeout"
    if _FILTER.search(text) and (status is None or status < 500):
        return "content_filter"
    if status in (None, 400, 404, 422) and _MODEL.search(text):
        return "model"
    if status is not None and 400 <= status < 500 and status != 409:
        return "request"
    return "provider"


def _refused_parameter(fields: Mapping[str, Any], text: str) -> str | None:
    if not _REFUSED.search(text):
        return None
    parameter = _FIELDS.get(str(fields.get("param") or ""))
    if parameter or fields.get("param") or _CONTEXT.search(text):
        return parameter
    named = [name for field, name in _FIELDS.items() if re.search(rf"(?<![\w.]){re.escape(field)}(?!\w)", text) and field != "reasoning"]
    return named[0] if named else None
