"""What a request's body holds."""

from __future__ import annotations

from typing import Any

import orjson
from django.core.exceptions import RequestDataTooBig
from django.http import HttpRequest
from django.http.request import UnreadablePostError

from .errors import ApiError

AROUND = 16
"""Levels of what bodies are put into: requests to providers, events, rows. What orjson writes has at most 254 in all."""


def json_object(request: HttpRequest) -> dict[str, Any]:
    """Raises ApiError where the body is too large, breaks off, or is no JSON object, or one that is too deep to be written again."""
    try:
        body = orjson.loads(request.body)
    except RequestDataTooBig:
        raise ApiError(413, code="too_large") from None
    except UnreadablePostError:
        raise ApiError(400, "The request broke off.") from None
    except orjson.JSONDecodeError as error:
        raise ApiError(400, f"The body is not valid JSON: {error}.", code="invalid_json") from None
    if not isinstance(body, dict):
        raise ApiError(400, "The body must be a JSON object.", code="invalid_json")
    _require_writable(body)
    return body


def _require_writable(body: dict[str, Any]) -> None:
    around: Any = body
    for _ in range(AROUND):
        around = [around]
    try:
        orjson.dumps(around)
    except orjson.JSONEncodeError:
        raise ApiError(400, "The body is nested too deeply.", code="invalid_json") from None
