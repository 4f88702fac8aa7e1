"""POST /v1/audio/speech: https://platform.openai.com/docs/api-reference/audio/createSpeech."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponseBase

from conversations.api import bodies
from conversations.api.authentication import Caller
from conversations.api.fields import Body, choice, number, text
from conversations.generation.passthrough.speech import Speech
from conversations.models import Scope
from conversations.providers import utterance
from conversations.providers.passed import Passed

from . import asking, fields
from .asking import Asked

LONGEST = 32_000
"""Characters; OpenAI takes 4,096, others more."""
LEAST_SPEED, MOST_SPEED = 0.25, 4.0
TYPES = {
    "mp3": "audio/mpeg",
    "opus": "audio/ogg",
    "aac": "audio/aac",
    "flac": "audio/flac",
    "wav": "audio/wav",
    "pcm": "audio/L16; rate=24000; channels=1",
}
"""By what is asked for as `response_format`."""


async def create(request: HttpRequest, caller: Caller) -> HttpResponseBase:
    """The sound as it comes, or events with its pieces."""
    caller.require(Scope.RAW_MODELS)
    large = await bodies.large_json_object(request)
    asked = asked_by(large.body)
    is_streamed = large.body.get("stream_format") == "sse"
    passed = Passed(utterance.PATH, asked.fields, large.size, str(caller.user.pk), is_streamed=is_streamed)
    return await asking.answered(caller, passed, asked)


def asked_by(body: Body) -> Asked:
    """Raises ApiError."""
    model, said = fields.model(body), text(body, "input", longest=LONGEST)
    if not said.strip():
        raise fields.missing("input", "say what is to be read aloud")
    kind = choice(body, "response_format", *TYPES) or "mp3"
    choice(body, "stream_format", "audio", "sse")
    number(body, "speed", LEAST_SPEED, MOST_SPEED)
    passed = fields.passed_on(body, fields.SPEECH)
    return Asked(model, passed, Speech(said, text(body, "instructions", longest=LONGEST), TYPES[kind]))
