"""GET /v1/prompts and /v1/prompts/{slug}: what prompts say, by label or by version."""

from __future__ import annotations

import hashlib
from typing import Any

import orjson
from django.http import HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.utils.cache import get_conditional_response

from conversations.api.authentication import Caller
from conversations.api.errors import ApiError, not_found
from conversations.models import LIVE, PromptVersion, SystemPrompt
from conversations.studio import labels

from . import access, documents

MOST = 100
"""Prompts of one page of the list."""


def listed(request: HttpRequest, caller: Caller) -> JsonResponse:
    """`?after=<slug>` is the next page, `?limit=` how many it has."""
    limit = _limit(request.GET.get("limit", str(MOST)))
    found = list(access.readable(caller).filter(slug__gt=_text(request, "after")).prefetch_related("labels__version", "draft")[: limit + 1])
    return JsonResponse({"object": "list", "data": [_listed(prompt) for prompt in found[:limit]], "has_more": len(found) > limit})


def one(request: HttpRequest, caller: Caller, *, slug: str) -> HttpResponseBase:
    """What the label `?label=` says, without one `live`; or `?version=`. With an ETag, which If-None-Match asks with: 304."""
    prompt = access.one(caller, slug)
    version = _version(prompt, request.GET.get("version"), _text(request, "label", LIVE))
    body = orjson.dumps(documents.of_version(prompt, version, labels.by_version(prompt).get(version.pk, [])))
    etag = f'"{hashlib.sha256(body).hexdigest()[:32]}"'
    response = HttpResponse(body, content_type="application/json", headers={"ETag": etag, "Cache-Control": "private, no-cache"})
    return get_conditional_response(request, etag=etag, response=response) or response


def _listed(prompt: SystemPrompt) -> dict[str, Any]:
    live = {LIVE: prompt.published.number} if prompt.published else {}
    draft = getattr(prompt, "draft", None)
    return {
        **documents.of_prompt(prompt),
        "labels": live | {label.name: label.version.number for label in prompt.labels.all()},
        "draft_revision": draft.revision if draft else 0,
    }


def _version(prompt: SystemPrompt, number: str | None, label: str) -> PromptVersion:
    if number is None:
        version = labels.pointed_at(prompt, label)
        what = f"Nothing of this prompt is labelled “{label[:40]}”."
    else:
        version = prompt.versions.filter(number=int(number)).first() if number.isdecimal() and len(number) < 10 else None
        what = f"This prompt has no version {number[:40]}."
    if version is None:
        raise not_found(what)
    return version


def _text(request: HttpRequest, name: str, usual: str = "") -> str:
    given = request.GET.get(name, usual)
    if "\0" in given:  # PostgreSQL has no text with it
        raise ApiError(400, f"{name} must be a text without control characters.", param=name)
    return given


def _limit(given: str) -> int:
    if not (given.isdecimal() and len(given) < 10 and 1 <= int(given) <= MOST):
        raise ApiError(400, f"limit must be a whole number from 1 to {MOST}.", param="limit")
    return int(given)
