"""Which pages may use a widget from a browser: those of its sites, and our own, for the preview. (CORS, of the Fetch standard.)

Only browsers can be held to this: any other program may name whatever origin it likes. What such a program could waste is bounded by rates
and budgets.
"""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.utils.cache import patch_vary_headers

from conversations.api.errors import ApiError
from conversations.live.authentication import is_among, origin_allowed
from conversations.models import Widget

PREFLIGHT_SECONDS = 600


def require(request: HttpRequest, widget: Widget) -> None:
    """Raises ApiError where the request comes from no page that may use the widget."""
    origin = request.headers.get("Origin")
    if origin is None and request.headers.get("Sec-Fetch-Site") == "same-origin":
        return
    if origin is None or not (is_among(origin, widget.origins) or _is_ours(request, origin)):
        raise ApiError(403, "This site is not among those that may use this widget.", code="wrong_origin")


def readable(request: HttpRequest, widget: Widget | None, response: HttpResponseBase) -> HttpResponseBase:
    """The response, which pages of the widget's sites may read."""
    patch_vary_headers(response, ["Origin"])
    origin = request.headers.get("Origin")
    if widget is None or origin is None or not is_among(origin, widget.origins):
        return response
    response["Access-Control-Allow-Origin"] = origin
    response["Access-Control-Expose-Headers"] = "Retry-After"
    return response


def preflight(request: HttpRequest, methods: str) -> HttpResponse:
    """What answers a browser that asks whether it may send a request."""
    headers = {
        "Access-Control-Allow-Methods": methods,
        "Access-Control-Allow-Headers": "authorization, content-type",
        "Access-Control-Max-Age": str(PREFLIGHT_SECONDS),
    }
    return HttpResponse(status=204, headers=headers)


def _is_ours(request: HttpRequest, origin: str) -> bool:
    return origin_allowed([(b"origin", origin.encode("latin-1", "replace")), (b"host", request.get_host().encode())])
