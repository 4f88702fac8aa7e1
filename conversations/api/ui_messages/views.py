"""POST /api/chat: what the AI SDK's `useChat` sends, and the stream that it reads."""

from __future__ import annotations

import uuid
from collections.abc import AsyncGenerator
from typing import Any

from django.http import HttpRequest

from conversations.api import answer, answering, bodies, fields, parameters, tools
from conversations.api.answer import Question
from conversations.api.authentication import Caller
from conversations.api.errors import ApiError
from conversations.api.event_stream import following
from conversations.api.fields import Body
from conversations.generation.unstored_answer import Ended, Step
from conversations.models import Scope
from conversations.processes import supervisor
from conversations.providers.parts import Delta, Source

from . import messages, stored
from .chunks import Chunks, ChunkStream


async def create(request: HttpRequest, caller: Caller) -> ChunkStream:
    """An answer to the messages of a chat, stored with its conversation where the body says so."""
    caller.require(Scope.CHAT)
    large = await bodies.large_json_object(request)
    body = with_model(large.body, request.GET.get("model", ""))
    if fields.flag(body, "store"):
        return await stored.create(request, caller, body)
    question = await large._replace(body=body).read(asked_by)
    asked = await answer.prepared(caller, question, supervisor.current())
    first, rest = await answering.begun(asked)
    return ChunkStream(_events(continued(body) or f"msg_{uuid.uuid4().hex}", first, rest))


def with_model(body: dict[str, Any], named: str) -> dict[str, Any]:
    """The body with the assistant that its address names, unless it names one itself. Raises ApiError where neither does."""
    model = fields.text(body, "model", longest=300) or named[:300]
    if not model:
        detail = "“model” is missing: name an assistant or a model of GET /v1/models in the body, or as ?model= in the address."
        raise ApiError(400, detail, param="model", code="missing_value")
    return {**body, "model": model}


def asked_by(body: Body) -> Question:
    """What a request asks. Raises ApiError."""
    spoken = messages.read(body.get("messages"))
    return Question(
        body["model"],
        spoken.system,
        spoken.turns,
        parameters.of_responses(body),
        parameters.variables(body),
        None,
        tools.of(body, nested=False),
    )


def continued(body: Body) -> str:
    """The id of the assistant's message that the answer goes on with, after its calls have results; empty where it begins one."""
    last = body["messages"][-1]
    return fields.text(last, "id", within="messages.") if last.get("role") == "assistant" else ""


async def _events(message_id: str, first: Step, rest: AsyncGenerator[Step]) -> AsyncGenerator[bytes]:
    chunks = Chunks()
    yield chunks.beginning(message_id)
    async for step in following(first, rest):
        if isinstance(step, Delta):
            yield chunks.said(step.kind, step.text, step.call)
        elif isinstance(step, Source):
            yield chunks.cited(step.url, step.title)
        elif isinstance(step, Ended):
            yield chunks.end(step)
