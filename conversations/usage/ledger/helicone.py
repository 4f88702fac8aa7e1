"""Attempts as Helicone's log of traces takes them, by https://docs.helicone.ai/rest/trace/post-v1tracelog.

Each span is a request of its own there: they have no parents, and there is none for the answer as a whole. It reads attributes by the names
of OpenLLMetry (github.com/traceloop/openllmetry), which are texts and whole numbers. What one of its gateways passed on is there already.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from conversations.models import NANO

from . import genai, trace_export
from .finished_attempt import FinishedAttempt
from .trace_ids import Trace, new_span

if TYPE_CHECKING:
    from opentelemetry.sdk.trace import ReadableSpan

HOST = "helicone.ai"
PROPERTY = "traceloop.association.properties.Helicone-"


def passed_on(base_url: str) -> bool:
    """Whether a gateway of Helicone's has this address."""
    host = urlsplit(base_url).hostname or ""
    return host == HOST or host.endswith(f".{HOST}")


def knows_attempts(base_url: str, headers: Mapping[str, str]) -> bool:
    """Whether requests that this address is sent with these headers have our ids there."""
    return passed_on(base_url) and any(name.lower() == "helicone-request-id" and "attempt" in value for name, value in headers.items())


def spans(trace: Trace, made: Sequence[FinishedAttempt], about: Mapping[str, Any]) -> Iterator[ReadableSpan]:
    """`about`: what all spans of the trace say, as `traces` has it."""
    for one in made:
        if not passed_on(one.base_url):
            name = f"chat {one.upstream_model or one.model}"
            yield trace_export.span(name, trace.id, one.span or new_span(), None, one.times, _attributes(one, about), client=True)


def _attributes(one: FinishedAttempt, about: Mapping[str, Any]) -> dict[str, str | int]:
    named = genai.attributes(one)
    conversation, purpose = about.get("gen_ai.conversation.id", ""), about["chatbot.purpose"]
    slug = about.get("gen_ai.prompt.name", "")
    session = {"Session-Id": conversation, "Session-Path": f"/{purpose}", "Session-Name": slug or purpose} if conversation else {}
    properties = {
        "User-Id": about.get("user.id", ""),
        **session,
        "Property-Prompt": slug,
        "Property-Version": about.get("gen_ai.prompt.version", ""),
        "Property-Purpose": purpose,
        "Property-Reply": about.get("chatbot.reply", ""),
        "Property-Attempt": str(one.number),
        "Property-Outcome": one.outcome,
        "Property-Cost": "" if one.cost is None else f"{one.cost / NANO:.9f}",
    }
    tokens = {"gen_ai.usage.prompt_tokens": one.tokens.input, "gen_ai.usage.completion_tokens": one.tokens.output}
    found = {
        "gen_ai.system": named["gen_ai.provider.name"],
        "gen_ai.response.model": named["gen_ai.response.model"],
        "llm.request.type": "chat",
        **tokens,
        "llm.usage.total_tokens": sum(filter(None, tokens.values())) if any(tokens.values()) else None,
        **{f"{PROPERTY}{name}": value for name, value in properties.items() if value},
        **(one.content.numbered() if one.content is not None else {}),
    }
    return {name: value for name, value in found.items() if value is not None}
