"""POST /v1/responses."""

from __future__ import annotations

from collections.abc import AsyncGenerator

from django.http import HttpRequest, HttpResponse, JsonResponse

from conversations.api import answer, answering, bodies, fields, parameters, tools
from conversations.api.answer import Question
from conversations.api.authentication import Caller
from conversations.api.errors import ApiError
from conversations.api.event_stream import EventStream, following
from conversations.api.fields import Body
from conversations.generation.unstored_answer import Ended, Step
from conversations.models import Scope
from conversations.processes import supervisor
from conversations.providers.parts import Delta, Source

from . import document, input_items, stored
from .document import Document
from .events import Events


async def create(request: HttpRequest, caller: Caller) -> HttpResponse | EventStream:
    """An answer as OpenAI gives it, whole or as typed events."""
    caller.require(Scope.CHAT)
    large = await bodies.large_json_object(request)
    body = large.body
    if stored.is_asked(body):
        return await stored.create(request, caller, body)
    question, is_streamed = await large.read(asked_by), fields.flag(body, "stream")
    process = supervisor.current()
    asked = await answer.prepared(caller, question, process)
    response = Document(question.model, body)
    if not is_streamed:
        ended = await answering.whole(asked)
        return JsonResponse(response.whole(ended, ended.parts))
    first, rest = await answering.begun(asked)
    return EventStream(_events(response, first, rest))


def asked_by(body: Body) -> Question:
    """What a request asks. Raises ApiError."""
    parameters.refuse_what_is_missing(body, max_tool_calls=None, top_logprobs=0)
    spoken = input_items.read(body.get("input"), fields.text(body, "instructions"))
    model = fields.text(body, "model", longest=300)
    if not model:
        raise ApiError(400, "“model” is missing: name an assistant or a model of GET /v1/models.", param="model", code="missing_value")
    metadata = fields.mapping(body, "metadata")
    return Question(
        model,
        spoken.system,
        spoken.turns,
        parameters.of_responses(body),
        parameters.variables(body) or metadata,
        parameters.schema_of_responses(body),
        tools.of(body, nested=False),
    )


async def _events(response: Document, first: Step, rest: AsyncGenerator[Step]) -> AsyncGenerator[bytes]:
    events = Events(response.id)
    yield events.beginning(response.in_progress())
    async for step in following(first, rest):
        if isinstance(step, Delta):
            yield events.said(step.kind, step.text, step.call)
        elif isinstance(step, Source):
            events.cites(step._asdict())
        elif isinstance(step, Ended):
            closed = events.close(document.item_status_of(step))
            yield closed + events.end(response.whole(step, events.parts))
