"""Tells the kind of error from a status, from an error object that the server sent, or from an exception."""

import asyncio
import re
from collections.abc import Iterator, Mapping
from typing import Any

import aiohttp
import httpx2
import openai

from . import bounded_json, on_the_way, system_role, wire_words
from .endpoint import Endpoint
from .errors import ProviderError
from .redaction import header_value, redacted
from .retry_after import retry_after_seconds
from .system_role import SYSTEM_ROLE
from .web_page import plain

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
_QUOTA_CODE = re.compile(r"insufficient.?quota|billing|(insufficient|out.of|not.enough).(credit|balance|fund)", re.I)
_QUOTA = re.compile(r"exceeded your current quota|(insufficient|out of|not enough) (credit|balance|fund)", re.I)
_FILTER = re.compile(r"content_filter|content_policy|content management policy|safety_violation|moderation|flagged", re.I)
_KEY_CODE = re.compile(r"(invalid|incorrect|expired|revoked).?api.?key|api.?key.?(not.?valid|invalid|expired|revoked|disabled)", re.I)
_KEY = re.compile(r"\s*(api key (is )?(not valid|invalid)|(invalid|incorrect) api key)", re.I)
_MODEL = re.compile(
    r"model_not_found|invalid_model|(model\b|models/).{0,200}\b(not (found|exist|available|supported|loaded)|does ?n.t exist|unknown)"
    r"|(unknown|invalid|no such) model",
    re.I | re.S,
)
_RATE = re.compile(r"rate.?limit|too.many.requests|overloaded|resource.exhausted", re.I)
# A limit for so short a time is no credit that is used up, whatever else the text says.
_SHORT_TERM = re.compile(
    r"(?<![a-z])per[\s_-]*(?:second|minute)|Per(?:Second|Minute)|\b[RT]P[SM]\b|(?:requests|tokens)\s*/\s*(?:s|sec|min|minute)\b"
)
_LONG_TERM = re.compile(r"per[\s_-]*(?:day|week|month)|PerDay|\b[RT]PD\b|daily|monthly", re.I)
_REFUSED = re.compile(
    r"unsupported|not supported|n.t support|not support|unknown|unrecogni[sz]ed|unexpected|not permitted|not allowed|forbidden"
    r"|invalid (parameter|argument|field)|not a valid (parameter|field)",
    re.I,
)
_TOO_LARGE = re.compile(r"\s*request too large\b", re.I)  # for a limit per minute, whenever it is sent
_STATUS = re.compile(r"[1-5][0-9][0-9]")  # other numbers are the vendor's own
SOON_SECONDS = 120.0
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
    if isinstance(error, str):  # a web page says what it is about further down
        error = plain(error)
    whole = error = _first(bounded_json.cut(error))
    nested = _first(error.get("error") or error.get("errors")) if isinstance(error, dict) else None
    error = nested or error
    fields: dict[str, Any] = error if isinstance(error, dict) else {}
    message = str(fields.get("message") or fields.get("detail") or (error if error else "no explanation"))
    code, label = bounded_json.word(fields.get("code") or ""), bounded_json.word(fields.get("type") or "")
    if status is None and _STATUS.fullmatch(code):
        status = int(code)
    message = plain(message)[: bounded_json.LONGEST_TEXT]
    identifiers = " ".join([code, label, *_reasons(fields)])
    text = f"{code} {label} {message}"
    parameter = _refused_parameter(fields, text) if status in (None, 400, 422) else None
    if system_role.is_refused(text):
        parameter = SYSTEM_ROLE
    name = " ".join(
        word
        for word in (f"HTTP {status}" if status else "", code if code != str(status) else "", label if label not in ("error", code) else "")
        if word
    )
    retry_after = retry_after_seconds(headers or {}, whole, message)
    details = str(fields.get("details") or "")[: bounded_json.LONGEST_TEXT]
    kind = "parameter" if parameter else _kind(status, identifiers, message, details, retry_after)
    return ProviderError(
        kind,
        redacted(f"{name}: {message}" if name else message, *endpoint.secrets),
        parameter=parameter,
        retry_after=retry_after,
        status=status,
        request_id=request_id(headers or {}, endpoint),
        concerns_key=_concerns_key(kind, status, identifiers),
    )


def request_id(headers: Mapping[str, str], endpoint: Endpoint) -> str | None:
    """The provider's own number for a request, fit for a log line."""
    value = headers.get("x-request-id")
    return None if value is None else header_value(value, *endpoint.secrets)


def no_answer(document: Mapping[str, Any], endpoint: Endpoint) -> ProviderError:
    """From a document that came instead of an answer."""
    if any(document.get(name) for name in ("error", "errors", "detail", "message")):
        failure = from_error(document, endpoint)
        failure.is_no_answer = True
        return failure
    return ProviderError("provider", "The server sent JSON that is no answer.", is_no_answer=True)


def from_exception(exception: BaseException, endpoint: Endpoint, *, streaming: bool = False) -> ProviderError:
    """From one of WIRE_TROUBLE. `streaming` says that the answer had begun."""
    if isinstance(exception, openai.APIStatusError):
        response = exception.response
        return on_the_way.failure(response, exception.body, endpoint) or from_error(
            exception.body or exception.message, endpoint, status=response.status_code, headers=response.headers
        )
    chain = list(_causes(exception))
    words = wire_words.in_words(chain, endpoint) or " ← ".join(f"{type(link).__name__}: {link}".rstrip(": ") for link in chain)
    cause = redacted(words, *endpoint.secrets)
    if isinstance(exception, openai.APIError) and exception.body:
        return from_error(exception.body, endpoint)
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


def _first(error: object) -> object:
    """The error itself, where it came in a list."""
    return error[0] if isinstance(error, list) and error and isinstance(error[0], dict) else error


def _reasons(fields: Mapping[str, Any]) -> list[str]:
    """What else names the error beside its code and type, as Google does (google.rpc.Status and ErrorInfo)."""
    lists = (fields[name] for name in ("details", "errors") if isinstance(fields.get(name), list))
    nested = [each.get("reason") for entries in lists for each in entries if isinstance(each, dict)]
    return [name for name in (fields.get("status"), fields.get("reason"), *nested) if isinstance(name, str)]


def _kind(status: int | None, identifiers: str, message: str, details: str = "", retry_after: float | None = None) -> str:
    """A message may quote what the user wrote. So it doesn't speak of keys and quotas where the status is one of a refused request."""
    text = f"{identifiers} {message}"
    if _CONTEXT.search(text) and status not in (401, 403, 404, 429):
        return "context"
    if status in (None, 429) and _TOO_LARGE.match(message):
        return "context"
    if status == 402 or _QUOTA_CODE.search(identifiers) or (status in (None, 429) and _QUOTA.search(message)):
        return "rate_limit" if status != 402 and _is_short_term(f"{text} {details}", retry_after) else "quota"
    if status == 401 or _KEY_CODE.search(identifiers) or (status is not None and status < 500 and _KEY.match(message)):
        return "key"
    if status == 403:
        return "rate_limit" if _RATE.search(identifiers) or _RATE.match(message) else "permission"
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


def _concerns_key(kind: str, status: int | None, identifiers: str) -> bool:
    """Whether the key is to blame by more than words, which may be quoted from a message."""
    match kind:
        case "key":
            return status == 401 or _KEY_CODE.search(identifiers) is not None
        case "quota" | "rate_limit":
            return status in (402, 429) or any(pattern.search(identifiers) for pattern in (_QUOTA_CODE, _RATE))
    return False


def _is_short_term(text: str, retry_after: float | None) -> bool:
    """Whether what is used up comes back by itself soon."""
    if _SHORT_TERM.search(text):
        return True
    return retry_after is not None and retry_after <= SOON_SECONDS and not _LONG_TERM.search(text) and "insufficient_quota" not in text


def _refused_parameter(fields: Mapping[str, Any], text: str) -> str | None:
    if not _REFUSED.search(text):
        return None
    parameter = _FIELDS.get(str(fields.get("param") or ""))
    if parameter or fields.get("param") or _CONTEXT.search(text):
        return parameter
    named = [name for field, name in _FIELDS.items() if re.search(rf"(?<![\w.]){re.escape(field)}(?!\w)", text) and field != "reasoning"]
    return named[0] if named else None
