"""Traces of what was asked of providers, for OpenTelemetry: one for each reply or request beside it, with a span for each attempt.

Attributes are those of the GenAI conventions (github.com/open-telemetry/semantic-conventions-genai) under their present names and, where
LangSmith reads those, their older ones, and what Langfuse maps. Off unless TRACING is set. Nothing that users or models said is in them
unless TRACING_CONTENT is on.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from functools import lru_cache
from typing import TYPE_CHECKING, Any, NamedTuple
from uuid import UUID

from django.conf import settings

from conversations.models import NANO, OK, PromptVersion, Purpose
from conversations.providers.identity import pseudonym

from . import genai, helicone, trace_export
from .finished_attempt import FinishedAttempt
from .trace_ids import Trace, new, new_span

if TYPE_CHECKING:
    from opentelemetry.sdk.trace import ReadableSpan


class Subject(NamedTuple):
    """What attempts were for."""

    purpose: Purpose
    reply_id: UUID | None
    owner_id: UUID | None
    version_id: UUID | None
    token_id: UUID | None
    conversation_id: UUID | None


def record(finished: Sequence[FinishedAttempt], subject: Subject) -> None:
    """Export attempts that were written into the ledger, by a thread of its own. Reads the prompt's name where it isn't known yet."""
    made = [one for one in finished if one.number]
    if not made:
        return
    trace = next((one.trace for one in made if one.trace is not None), None) or new(subject.reply_id)
    assert trace is not None
    if not trace.is_sampled:  # the program that asked wants none of it exported
        return
    about = _about(subject)
    if settings.TRACING == "helicone":
        trace_export.send(helicone.spans(trace, made, about))
        return
    trace_export.send([_root(trace, made, finished[-1].outcome, subject, about), *(_of_attempt(trace, one, about) for one in made)])


def _about(subject: Subject) -> dict[str, Any]:
    """What all spans of a trace say."""
    slug, number = _prompt(subject.version_id) if subject.version_id else ("", 0)
    conversation = str(subject.conversation_id or "")
    user = pseudonym(str(subject.owner_id)) if subject.owner_id else ""
    found = {
        "gen_ai.conversation.id": conversation,
        "session.id": conversation,
        "langsmith.metadata.thread_id": conversation,  # what it calls a session is a project
        "user.id": user,
        "langsmith.metadata.user_id": user,
        "gen_ai.prompt.name": slug,
        "gen_ai.prompt.version": str(number) if slug else "",
        "langfuse.observation.prompt.name": slug,
        "langfuse.observation.prompt.version": number if slug else "",
        "langsmith.metadata.prompt": slug,
        "langsmith.metadata.prompt_version": str(number) if slug else "",
        "chatbot.purpose": subject.purpose.value,
        "chatbot.reply": str(subject.reply_id or ""),
        "chatbot.api_token": str(subject.token_id or ""),
    }
    return {name: value for name, value in found.items() if value != ""}


@lru_cache(maxsize=1024)
def _prompt(version_id: UUID) -> tuple[str, int]:
    """Versions never change, and a prompt hardly ever gets another slug."""
    found = PromptVersion.objects.filter(pk=version_id).values_list("prompt__slug", "number").first()
    return found or ("", 0)


def _root(trace: Trace, made: Sequence[FinishedAttempt], outcome: str, subject: Subject, about: dict[str, Any]) -> ReadableSpan:
    name = about.get("gen_ai.prompt.name") or subject.purpose.value
    attributes = {
        "gen_ai.operation.name": "invoke_agent",
        "gen_ai.agent.name": name,
        "langsmith.span.kind": "chain",
        "langsmith.trace.name": name,
        "langfuse.trace.name": name,
        "langfuse.observation.type": "agent",
        **about,
        **_error(outcome),
    }
    times = min(one.times[0] for one in made), max(one.times[1] for one in made)
    parent = trace.parent or None
    if (content := made[-1].content) is not None:
        attributes |= content.attributes()
    return trace_export.span(
        f"invoke_agent {name}", trace.id, trace.span, parent, times, attributes, failed=outcome != OK, is_callers=parent is not None
    )


def _of_attempt(trace: Trace, one: FinishedAttempt, about: dict[str, Any]) -> ReadableSpan:
    named = genai.attributes(one)
    usage = {"input": one.tokens.input, "output": one.tokens.output}
    attributes = {
        **named,
        "gen_ai.system": named["gen_ai.provider.name"],
        "gen_ai.usage.input_tokens": one.tokens.input,
        "gen_ai.usage.output_tokens": one.tokens.output,
        "gen_ai.usage.cache_read.input_tokens": one.tokens.cached,
        "gen_ai.usage.reasoning.output_tokens": one.tokens.reasoning,
        "gen_ai.response.time_to_first_chunk": None if one.first_token_ms is None else one.first_token_ms / 1000,
        "http.response.status_code": one.status,
        "langsmith.span.kind": "llm",
        "langsmith.usage_metadata": _usage_for_langsmith(one),
        "langfuse.observation.type": "generation",
        "langfuse.observation.model.name": one.model,
        "langfuse.observation.usage_details": json.dumps({kind: count for kind, count in usage.items() if count is not None}),
        "langfuse.observation.cost_details": None if one.cost is None else json.dumps({"total": one.cost / NANO}),
        "chatbot.attempt": one.number,
        **about,
        **_error(one.outcome),
    }
    if one.content is not None:
        attributes |= one.content.attributes()
    known = {name: value for name, value in attributes.items() if value is not None}
    name, own = f"chat {one.upstream_model or one.model}", one.span or new_span()
    return trace_export.span(name, trace.id, own, trace.span, one.times, known, failed=one.outcome != OK, client=True)


def _usage_for_langsmith(one: FinishedAttempt) -> str | None:
    """As the schema `UsageMetadata` of its SDK has it, with our cost instead of what it would reckon. None where tokens are unknown."""
    tokens = one.tokens
    if tokens.input is None or tokens.output is None:
        return None
    found = {
        "input_tokens": tokens.input,
        "output_tokens": tokens.output,
        "total_tokens": tokens.input + tokens.output,
        "input_token_details": {"cache_read": tokens.cached} if tokens.cached else None,
        "output_token_details": {"reasoning": tokens.reasoning} if tokens.reasoning else None,
        "total_cost": None if one.cost is None else one.cost / NANO,
    }
    return json.dumps({name: value for name, value in found.items() if value is not None})


def _error(outcome: str) -> dict[str, str]:
    return {} if outcome == OK else {"error.type": outcome, "langfuse.observation.status_message": outcome}
