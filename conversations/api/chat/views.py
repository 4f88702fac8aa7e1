"""POST /v1/chat/completions."""

from __future__ import annotations

from collections.abc import AsyncGenerator

from django.http import HttpRequest, HttpResponse, JsonResponse

from conversations.api import answer, answering, bodies, fields, parameters, tools
from conversations.api.answer import Question
from conversations.api.authentication import Caller
from conversations.api.errors import ApiError
from conversations.api.event_stream import DONE, EventStream, following
from conversations.api.fields import Body
from conversations.generation.unstored_answer import Ended, Step
from conversations.models import Scope
from conversations.processes import supervisor
from conversations.providers.parts import Delta

from . import messages
from .completion import Completion


async def create(request: HttpRequest, caller: Caller) -> HttpResponse | EventStream:
    """An answer as OpenAI gives it, whole or as it comes."""
    caller.require(Scope.CHAT)
    large = await bodies.large_json_object(request)
    body, question = large.body, await large.read(asked_by)
    is_streamed = fields.flag(body, "stream")
    with_usage = fields.flag(fields.mapping(body, "stream_options"), "include_usage")
    process = supervisor.current()
    asked = await answer.prepared(caller, question, process)
    completion = Completion(question.model)
    if not is_streamed:
        return JsonResponse(completion.whole(await answering.whole(asked)))
    first, rest = await answering.begun(asked)
    return EventStream(_events(completion, first, rest, with_usage=with_usage))


def asked_by(body: Body) -> Question:
    """What a request asks. Raises ApiError."""
    parameters.refuse_what_is_missing(body, n=1, logprobs=False, modalities=["text"], audio=None, functions=[], web_search_options=None)
    spoken = messages.read(body.get("messages"))
    model = fields.text(body, "model", longest=300)
    if not model:
        raise ApiError(400, "“model” is missing: name an assistant or a model of GET /v1/models.", param="model", code="missing_value")
    return Question(
        model,
        spoken.system,
        spoken.turns,
        parameters.of_chat(body),
        parameters.variables(body) or fields.mapping(body, "metadata"),
        parameters.schema_of_chat(body),
        tools.of(body, nested=True),
    )


async def _events(completion: Completion, first: Step, rest: AsyncGenerator[Step], *, with_usage: bool) -> AsyncGenerator[bytes]:
    yield completion.first()
    async for step in following(first, rest):
        if isinstance(step, Delta):
            yield completion.delta(step.kind, step.text, step.call)
        elif isinstance(step, Ended):
            if step.error is not None:
                yield answering.error_event(step.error)
                return
            yield completion.last(step)
            if with_usage:
                yield completion.usage(step)
    yield DONE
