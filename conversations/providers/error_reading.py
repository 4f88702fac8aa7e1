"""Tells the kind of error from a status and from an error object that the server sent."""

import re
from collections.abc import Mapping
from typing import Any

from . import bounded_json, error_kinds, system_role
from .endpoint import Endpoint
from .errors import ProviderError
from .redaction import header_value, redacted
from .retry_after import retry_after_seconds
from .system_role import SYSTEM_ROLE
from .web_page import plain

_REFUSED = re.compile(
    r"unsupported|not supported|n.t support|not support|unknown|unrecogni[sz]ed|unexpected|not permitted|not allowed|forbidden"
    r"|invalid (parameter|argument|field)|not a valid (parameter|field)",
    re.I,
)
_STATUS = re.compile(r"[1-5][0-9][0-9]")  # other numbers are the vendor's own
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
    kind = "parameter" if parameter else error_kinds.kind_of(status, identifiers, message, details, retry_after)
    return ProviderError(
        kind,
        redacted(f"{name}: {message}" if name else message, *endpoint.secrets),
        parameter=parameter,
        retry_after=retry_after,
        status=status,
        request_id=request_id(headers or {}, endpoint),
        concerns_key=error_kinds.concerns_key(kind, status, identifiers),
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


def _first(error: object) -> object:
    """The error itself, where it came in a list."""
    return error[0] if isinstance(error, list) and error and isinstance(error[0], dict) else error


def _reasons(fields: Mapping[str, Any]) -> list[str]:
    """What else names the error beside its code and type, as Google does (google.rpc.Status and ErrorInfo)."""
    lists = (fields[name] for name in ("details", "errors") if isinstance(fields.get(name), list))
    nested = [each.get("reason") for entries in lists for each in entries if isinstance(each, dict)]
    return [name for name in (fields.get("status"), fields.get("reason"), *nested) if isinstance(name, str)]


def _refused_parameter(fields: Mapping[str, Any], text: str) -> str | None:
    if not _REFUSED.search(text):
        return None
    parameter = _FIELDS.get(str(fields.get("param") or ""))
    if parameter or fields.get("param") or error_kinds.CONTEXT.search(text):
        return parameter
    named = [name for field, name in _FIELDS.items() if re.search(rf"(?<![\w.]){re.escape(field)}(?!\w)", text) and field != "reasoning"]
    return named[0] if named else None
