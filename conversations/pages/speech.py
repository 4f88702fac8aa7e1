"""What is read aloud of an answer: in which passages, each of which is made when it is asked for by POST, and listened to by GET.

Users name passages and no texts: so each has only those answers read aloud that they may read.
"""

from __future__ import annotations

import asyncio
import uuid
from contextlib import suppress
from typing import NamedTuple

from asgiref.sync import sync_to_async
from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, JsonResponse, StreamingHttpResponse
from django.shortcuts import get_object_or_404
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods

from conversations.files.refusal import FileRefused
from conversations.models import Message, Role, Sound, User
from conversations.providers.errors import ProviderError
from conversations.speech import kept_sounds, making
from conversations.speech.passages import passages as passages_of
from conversations.speech.voices import Voice, voice_of
from conversations.usage.exceeded import Exceeded
from conversations.usage.ledger.finished_attempt import Subject

from .file_response import HEADERS, file_response
from .json_requests import signed_in, user_of
from .rate_of_user import RateOfUser

RATE = RateOfUser(at_once=20, per_second=0.5)
ELSEWHERE_SECONDS = 30.0
"""For a sound that another process makes. It is known here once it is kept."""
LOOK_SECONDS = 0.25
_FROM_THE_BEGINNING = ("", "bytes=0-")


class _Asked(NamedTuple):
    user: User
    voice: Voice
    text: str
    passage: Subject

    @property
    def key(self) -> str:
        return self.voice.key(self.text)


@signed_in
@require_GET
def passages(request: HttpRequest, conversation_id: uuid.UUID, message_id: uuid.UUID) -> HttpResponse:
    """The answer's passages behind the place `after`: start, end and text of each. More may follow while it is `running`."""
    message = _answer(user_of(request), conversation_id, message_id)
    after = request.GET.get("after", "")
    begin = int(after) if after.isdecimal() and len(after) < 12 else 0
    found = passages_of(message.answer, is_whole=not message.is_running)
    return JsonResponse({"passages": [one for one in found if one.start >= begin], "running": message.is_running})


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
async def passage(request: HttpRequest, conversation_id: uuid.UUID, message_id: uuid.UUID, start: int, end: int) -> HttpResponseBase:
    """Have the passage read aloud, which is answered once its sound has begun; or that sound, as it is made.

    201 says that it is being made. A browser can't tell that a sound breaks off from its end: HEAD waits for it, and tells.
    """
    user = await request.auser()
    if not isinstance(user, User):
        return _refusal(401, "You are signed out. Sign in again.")
    asked = await sync_to_async(_asked)(user, conversation_id, message_id, start, end)
    return await (_make(asked) if request.method == "POST" else _listen(request, asked))


async def _make(asked: _Asked) -> HttpResponse:
    if await sync_to_async(_find)(asked) is not None:
        return HttpResponse(status=204)
    if not RATE.take(asked.user.pk):
        return _refusal(429, "That was a lot of reading aloud. Try again in a few seconds.")
    try:
        await making.make(asked.voice, asked.text, asked.user.pk, asked.passage).begun()
    except Exceeded as exceeded:
        return _refusal(429, exceeded.detail)
    except ProviderError as error:
        return _refusal(502, making.sentence(error))
    return HttpResponse(status=201)


def _find(asked: _Asked) -> Sound | None:
    assert asked.passage.for_message is not None
    kept_sounds.note_use(asked.key, asked.passage.for_message)
    return kept_sounds.find(asked.key)


async def _listen(request: HttpRequest, asked: _Asked) -> HttpResponseBase:
    sound = making.running(asked.user.pk, asked.key)
    if sound is not None and request.method == "GET" and request.headers.get("Range", "") in _FROM_THE_BEGINNING:
        with suppress(ProviderError, Exceeded):  # it was told by POST; then there is nothing
            await sound.begun()
        request.META.pop("HTTP_ACCEPT_ENCODING", None)  # compressed, it would wait for more of its kind
        return StreamingHttpResponse(sound.follow(), content_type=sound.media_type, headers=HEADERS)
    if sound is not None:  # a part of what isn't there yet, as Safari asks for, or whether it will be whole
        await sound.over()
    if (kept := await _kept(asked.key)) is None:
        raise Http404
    try:
        whole: HttpResponseBase = await sync_to_async(file_response)(request, kept.content, kept.content_type, "passage", is_shown=True)
    except FileRefused:  # its file is gone: it is made again
        await Sound.objects.filter(pk=kept.pk).adelete()
        raise Http404 from None
    whole["Cache-Control"] = "private, no-cache"  # another voice may be chosen for the same passage
    return whole


async def _kept(key: str) -> Sound | None:
    seconds = ELSEWHERE_SECONDS if settings.REDIS_URL else 0.0  # without it there is no other process
    while (found := await sync_to_async(kept_sounds.find)(key)) is None and seconds > 0:
        seconds -= LOOK_SECONDS
        await asyncio.sleep(LOOK_SECONDS)
    return found


def _asked(user: User, conversation_id: uuid.UUID, message_id: uuid.UUID, start: int, end: int) -> _Asked:
    message = _answer(user, conversation_id, message_id)
    found = passages_of(message.answer, is_whole=not message.is_running)
    text = next((one.text for one in found if (one.start, one.end) == (start, end)), None)
    if text is None or (voice := voice_of(message)) is None:
        raise Http404
    return _Asked(user, voice, text, Subject(for_message=message_id, passage_start=start, passage_end=end))


def _answer(user: User, conversation_id: uuid.UUID, message_id: uuid.UUID) -> Message:
    answers = Message.objects.of(user).select_related("prompt_version__prompt").filter(conversation=conversation_id, role=Role.ASSISTANT)
    return get_object_or_404(answers, pk=message_id)


def _refusal(status: int, detail: str) -> JsonResponse:
    return JsonResponse({"detail": detail}, status=status)
