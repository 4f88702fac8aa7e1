"""An answer that failed, as an error of the API: whose fault it is says its status."""

from __future__ import annotations

from conversations.providers.errors import ProviderError

from .errors import ApiError

_CALLERS = {
    "context": (400, "context_length_exceeded"),
    "images": (400, "images_not_supported"),
    "parameter": (400, "unsupported_parameter"),
    "request": (400, "invalid_request"),
    "content_filter": (400, "content_filter"),
    "model": (404, "model_not_found"),
    "rate_limit": (429, "rate_limit_exceeded"),
    "timeout": (504, "timeout"),
    "internal": (500, "internal_error"),
}
"""All others are 503: the site's keys, its providers, and the way there."""
_SENTENCES = {
    "context": "The messages are too long for this model’s context window.",
    "images": "This model can’t see images. Choose another one, or take the images out.",
    "parameter": "The model does not accept one of the parameters.",
    "request": "The provider rejected the request.",
    "content_filter": "The provider’s content filter stopped this answer.",
}
LATER_SECONDS = 10.0


def of(error: ProviderError) -> ApiError:
    """`cause` stays with the site: it may quote a gateway's secrets."""
    status, code = _CALLERS.get(error.kind, (503, f"provider_{error.kind}"))
    message = _SENTENCES.get(error.kind, error.sentence)
    param = error.parameter if error.kind == "parameter" else None
    again = (
        (error.retry_after or LATER_SECONDS)
        if status in (429, 503) and error.kind not in ("quota", "key", "permission", "address")
        else None
    )
    return ApiError(status, message, code=code, param=param, retry_after=again)
