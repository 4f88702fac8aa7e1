"""What a request's body holds."""

from __future__ import annotations

from typing import Any

import orjson
from django.core.exceptions import RequestDataTooBig
from django.http import HttpRequest
from django.http.request import UnreadablePostError

from .errors import ApiError


def json_object(request: HttpRequest) -> dict[str, Any]:
    """Raises ApiError where the body is too large, breaks off, or is no JSON object."""
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
    return body
