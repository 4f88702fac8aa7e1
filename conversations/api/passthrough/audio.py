"""POST /v1/audio/transcriptions and …/translations: https://platform.openai.com/docs/api-reference/audio."""

from __future__ import annotations

from collections.abc import Collection

from django.http import HttpRequest, HttpResponseBase

from conversations import storage_threads
from conversations.api.authentication import Caller
from conversations.api.fields import Body, choice, flag
from conversations.files.reading.sniffing import sniffed
from conversations.generation.passthrough.recordings import Recording
from conversations.models import Scope
from conversations.providers.passed import Passed

from . import asking, fields, forms
from .asking import Asked

TRANSCRIPTIONS, TRANSLATIONS = "/audio/transcriptions", "/audio/translations"
PLAIN = ("text", "srt", "vtt")
FORMATS = ("json", "verbose_json", "diarized_json", *PLAIN)


async def transcribe(request: HttpRequest, caller: Caller) -> HttpResponseBase:
    """The text of a recording, in its own language."""
    return await _heard(request, caller, TRANSCRIPTIONS)


async def translate(request: HttpRequest, caller: Caller) -> HttpResponseBase:
    """The text of a recording, in English."""
    return await _heard(request, caller, TRANSLATIONS)


async def _heard(request: HttpRequest, caller: Caller, path: str) -> HttpResponseBase:
    caller.require(Scope.RAW_MODELS)
    form = await forms.read(request)
    if (file := form.file("file")) is None or not file.size:
        raise fields.missing("file", "send a recording")
    kind = await storage_threads.run(sniffed, file.content)
    known = fields.TRANSCRIPTIONS if path == TRANSCRIPTIONS else fields.TRANSLATIONS
    asked, is_streamed = asked_by(form.fields, kind, file.size, known), flag(form.fields, "stream")
    passed = Passed(path, asked.fields, form.size, str(caller.user.pk), is_form=True, files=(file,), is_streamed=is_streamed)
    return await asking.answered(caller, passed, asked)


def asked_by(body: Body, kind: str, size: int, known: Collection[str]) -> Asked:
    """`kind` and `size` of its file; `known` are the fields of this address. Raises ApiError."""
    model = fields.model(body)
    is_text = choice(body, "response_format", *FORMATS) in PLAIN
    return Asked(model, fields.passed_on(body, known), Recording(kind, size, is_text=is_text))
