"""Which pages of other sites may use the API from a browser: those of the setting API_ALLOWED_ORIGINS. (CORS, of the Fetch standard.)"""

from __future__ import annotations

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.utils.cache import patch_vary_headers

from conversations.live.authentication import is_among

METHODS = "GET, POST, PUT, DELETE, OPTIONS"
PREFLIGHT_SECONDS = 600
EXPOSED = ", ".join(
    [
        *("ETag", "Retry-After", "X-Request-ID", "X-Should-Retry"),
        *(f"X-RateLimit-{which}-{what}" for what in ("Requests", "Tokens") for which in ("Limit", "Remaining", "Reset")),
    ]
)


def preflight(request: HttpRequest) -> HttpResponse | None:
    """What answers a browser that asks whether it may send a request; None for every other request."""
    if request.method != "OPTIONS" or "Access-Control-Request-Method" not in request.headers:
        return None
    return HttpResponse(status=204)


def readable_by(origin: str | None) -> dict[str, str]:
    """Headers of a response that a page of this origin may read; none where it may not."""
    if origin is None or not is_among(origin, settings.API_ALLOWED_ORIGINS):
        return {}
    return {"Access-Control-Allow-Origin": origin, "Access-Control-Expose-Headers": EXPOSED}


def allowed(request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
    """The response, which a page of an allowed origin may read. No credentials of the browser's come along: there are none here."""
    patch_vary_headers(response, ["Origin"])
    readable = readable_by(request.headers.get("Origin"))
    for name, value in readable.items():
        response[name] = value
    if readable and request.method == "OPTIONS":
        response["Access-Control-Allow-Methods"] = METHODS
        # Whatever it names: OpenAI's client has a dozen of its own, and none opens anything.
        response["Access-Control-Allow-Headers"] = request.headers.get("Access-Control-Request-Headers", "authorization, content-type")
        response["Access-Control-Max-Age"] = str(PREFLIGHT_SECONDS)
    return response
