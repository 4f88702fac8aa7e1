"""Searching one's own conversations."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.http import require_GET

from conversations.search.results import Result, search

from .json_requests import signed_in, user_of
from .rate_of_user import RateOfUser

RATE = RateOfUser(at_once=30, per_second=5)


@signed_in
@require_GET
def found(request: HttpRequest) -> HttpResponse:
    """The user's messages and titles that have all words of `q`, best first."""
    user = user_of(request)
    if not RATE.take(user.pk):
        return JsonResponse({"detail": "That was a lot of searching. Wait a second, then go on."}, status=429)
    return JsonResponse({"results": [_json(result) for result in search(user, request.GET.get("q", ""))]})


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
