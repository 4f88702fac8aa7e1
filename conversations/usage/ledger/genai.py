"""How the GenAI conventions name an attempt, in traces and in metrics alike: github.com/open-telemetry/semantic-conventions-genai."""

from __future__ import annotations

from urllib.parse import urlsplit

from conversations.models import OK
from conversations.providers import openai_itself

from .finished_attempt import FinishedAttempt


def attributes(one: FinishedAttempt) -> dict[str, str | int]:
    """What was asked, of which provider and model, and the kind of error where it failed."""
    address = urlsplit(one.base_url)
    model = one.upstream_model or one.model
    found = {
        "gen_ai.operation.name": "chat" if one.purpose is None else "generate_content",
        "gen_ai.provider.name": "openai" if openai_itself.is_openai(one.base_url) else one.price_list or one.provider,
        "gen_ai.request.model": model,
        "gen_ai.response.model": model,
        "server.address": address.hostname,
        "server.port": address.port,
        "error.type": None if one.outcome == OK else one.outcome,
    }
    return {name: value for name, value in found.items() if value is not None}
