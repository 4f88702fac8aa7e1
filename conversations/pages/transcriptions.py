"""What a user dictated, as a request's body; its text is the response."""

from __future__ import annotations

from asgiref.sync import sync_to_async
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from conversations.commands import choice
from conversations.generation import transcription
from conversations.models import User, switches
from conversations.providers.errors import ProviderError
from conversations.providers.recording import Recording
from conversations.providers.retries import WIRE_TROUBLE
from conversations.routing import transcribing
from conversations.usage.exceeded import Exceeded

from .rate_of_user import RateOfUser

MAX_BYTES = 2_000_000
"""A little less than a request may have: some eleven minutes as browsers record for us."""
MAX_SECONDS = 600
ENDINGS = {
    "audio/webm": "webm",
    "audio/ogg": "ogg",
    "audio/mp4": "mp4",
    "audio/m4a": "m4a",
    "audio/x-m4a": "m4a",
    "audio/mpeg": "mp3",
    "audio/wav": "wav",
    "audio/x-wav": "wav",
    "audio/flac": "flac",
}
"""By media type: what a file's name ends in, by which many servers tell what it is."""
LONGEST_TYPE = 100
rate = RateOfUser(at_once=10, per_second=0.2)


def bounds() -> dict[str, int] | None:
    """Of one recording; None where nothing transcribes. Synchronous."""
    return {"max_bytes": MAX_BYTES, "max_seconds": MAX_SECONDS} if transcribing.model() else None


@never_cache
@require_POST
async def transcribe(request: HttpRequest) -> HttpResponse:
    """Have the recording in the body transcribed. `retry` of a refusal says whether the same recording may be understood later."""
    user = await request.auser()
    if not isinstance(user, User):
        return _refusal(401, "You are signed out. Sign in again.", retry=True)
    sent_type = request.headers.get("Content-Type", "")[:LONGEST_TYPE]
    kind = sent_type.partition(";")[0].strip().lower()
    content = request.body
    if not content:
        return _refusal(400, "The recording is empty.")
    if kind not in ENDINGS or not sent_type.isascii() or not sent_type.isprintable():
        return _refusal(415, "Recordings of this kind can’t be transcribed.")
    if len(content) > MAX_BYTES:
        return _refusal(
            413, f"The recording has {len(content):,} bytes, and at most {MAX_BYTES:,} can be transcribed. Dictate less at once."
        )
    prompt = await sync_to_async(choice.answering)(user, request.GET.get("prompt", ""), request.GET.get("conversation", ""))
    if refusal := switches.refusal("dictation", prompt):
        return _refusal(403, refusal)
    if not rate.take(user.pk):
        return _refusal(429, "That was a lot of dictation. Try again in a few seconds.", retry=True)
    recording = Recording(content, sent_type, f"dictation.{ENDINGS[kind]}")
    try:
        transcript = await transcription.transcribe(recording, user.pk, transcription.longest_seconds(len(content)))
    except Exceeded as exceeded:
        return _refusal(429, exceeded.detail, retry=True)
    except ProviderError as error:
        return _refusal(502, transcription.sentence(error), retry=True, by_itself=error.kind in WIRE_TROUBLE)
    return JsonResponse({"text": transcript.text})


def _refusal(status: int, detail: str, *, retry: bool = False, by_itself: bool = False) -> JsonResponse:
    """`by_itself`: the same request may succeed in a moment."""
    return JsonResponse({"detail": detail, "retry": retry, "by_itself": by_itself}, status=status)
