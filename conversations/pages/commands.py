"""A command that comes as a request of its own, where a proxy blocks WebSockets."""

from __future__ import annotations

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.http.response import JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from conversations.live import posted_commands

from .json_requests import uuid_from

STATUSES = {4401: 401, 4429: 429}


@never_cache
@require_POST
async def post(request: HttpRequest) -> HttpResponse:
    """Carry out the command in the body for the `user` whose page this is. The response's body is the frames, a line each."""
    user_id = uuid_from(request.GET.get("user"))
    body = request.body
    try:
        command: str | bytes = body.decode()
    except UnicodeDecodeError:
        command = body
    answer = await posted_commands.answer(command, request.COOKIES.get(settings.SESSION_COOKIE_NAME), user_id)
    if isinstance(answer, int):
        return JsonResponse({"code": answer}, status=STATUSES[answer])
    return HttpResponse("".join(f"{frame}\n" for frame in answer), content_type="application/x-ndjson")
