"""Searching one's own conversations."""

from __future__ import annotations

import uuid

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.http import require_GET

from conversations.live.token_bucket import TokenBucket
from conversations.process_cache import kept
from conversations.search.results import Result, search

from .json_requests import signed_in, user_of

SEARCHES_AT_ONCE, SEARCHES_PER_SECOND = 30, 5
MOST_REMEMBERED = 1_000
"""Users whose searches are counted, before those are forgotten that may search as often again as any other."""
_by_user: dict[uuid.UUID, TokenBucket] = kept({})


@signed_in
@require_GET
def found(request: HttpRequest) -> HttpResponse:
    """The user's messages and titles that have all words of `q`, best first."""
    user = user_of(request)
    if not _rate_of(user.pk).take():
        return JsonResponse({"detail": "That was a lot of searching. Wait a second, then go on."}, status=429)
    return JsonResponse({"results": [_json(result) for result in search(user, request.GET.get("q", ""))]})


def _rate_of(user_id: uuid.UUID) -> TokenBucket:
    """In this process."""
    if (known := _by_user.get(user_id)) is None:
        if len(_by_user) >= MOST_REMEMBERED:
            for idle in [other for other, rate in list(_by_user.items()) if rate.is_full]:
                _by_user.pop(idle, None)
        known = _by_user[user_id] = TokenBucket(SEARCHES_AT_ONCE, SEARCHES_PER_SECOND)
    return known


def _json(result: Result) -> dict[str, object]:
    """Hits are pairs of code points: where each begins and ends."""
    message = result.message
    return {
        "conversation": result.conversation.pk,
        "message": message.pk if message else None,
        "role": message.role if message else None,
        "title": result.title.text,
        "title_hits": result.title.hits,
        "excerpt": result.excerpt.text,
        "excerpt_hits": result.excerpt.hits,
        "created": result.at.isoformat(),
    }
