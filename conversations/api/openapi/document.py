"""GET /v1/openapi.json: the description of all of the API, merged from the files beside this one. Open to all, as the source is."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import orjson
import yaml
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt

from conversations.api.errors import ApiError

FOLDER = Path(__file__).parent
BESIDE = "/api/"
"""What isn't below /v1."""
FOLLOWED_BY_ALL = {"405": "MethodNotAllowed", "503": "Unavailable"}
"""Responses that every operation may have."""


@csrf_exempt
def shown(request: HttpRequest) -> HttpResponse:
    if request.method not in ("GET", "HEAD"):
        return ApiError(405, code="method_not_allowed", headers={"Allow": "GET"}).response
    base = request.path.removesuffix("/openapi.json")
    site = settings.SITE_URL or f"{request.scheme}://{request.get_host()}"
    told = {**document(), "servers": [{"url": f"{site}{base}"}]}
    beside = [{"url": f"{site}{base.removesuffix('/v1')}"}]
    told["paths"] = {path: {"servers": beside, **item} if path.startswith(BESIDE) else item for path, item in told["paths"].items()}
    return HttpResponse(orjson.dumps(told), content_type="application/json")


@cache
def document() -> dict[str, Any]:
    """Without its servers."""
    merged: dict[str, Any] = {"paths": {}}
    for file in sorted(FOLDER.glob("*.yaml")):
        _merge(merged, yaml.safe_load(file.read_text()))
    for path in merged["paths"].values():
        for operation in path.values():
            if isinstance(operation, dict):
                operation["responses"] |= {status: {"$ref": f"#/components/responses/{name}"} for status, name in FOLLOWED_BY_ALL.items()}
    return merged


def _merge(into: dict[str, Any], part: dict[str, Any]) -> None:
    """What two files describe twice is a mistake."""
    for name, value in part.items():
        if isinstance(value, dict) and isinstance(into.get(name), dict) and name in ("paths", "components", *_COMPONENTS):
            _merge(into[name], value)
        elif name in into:
            raise ValueError(f"{name} is described twice")
        else:
            into[name] = value


_COMPONENTS = ("schemas", "responses", "parameters", "securitySchemes")
