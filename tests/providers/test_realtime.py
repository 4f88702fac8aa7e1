"""The Realtime API is asked as OpenAI documents it, and what goes wrong there is told as of any other request."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any, get_args

import pytest
from openai.types.realtime.realtime_client_event_param import RealtimeClientEventParam
from pydantic import TypeAdapter

from conversations.providers import realtime, realtime_events
from conversations.providers.endpoint import Endpoint
from conversations.providers.errors import ProviderError
from conversations.providers.realtime_events import Usage
from conversations.providers.request import Turn
from tests.support.scripted_realtime import USAGE, ScriptedRealtime

SENT = [
    realtime_events.session("Be brief.", "marin", "gpt-transcribe"),
    realtime_events.session("", "", ""),
    *realtime_events.items([Turn("user", "Who is there?"), Turn("assistant", "I am.")]),
    realtime_events.said_item(bytes(96)),
    realtime_events.append(bytes(96)),
    realtime_events.respond("answer-1", 9_000),
    realtime_events.truncate("item_1", 300),
]


@pytest.fixture
async def server() -> AsyncIterator[ScriptedRealtime]:
    async with ScriptedRealtime() as made:
        yield made


def endpoint(server: ScriptedRealtime) -> Endpoint:
    return Endpoint(server.base_url, "responses", "sk-secret-0123456789", "gpt-realtime", 32_000, headers=(("X-Team", "blue"),))


@pytest.mark.parametrize("event", SENT, ids=lambda event: event["type"])
def test_events_are_those_of_openais_own_types(event: dict[str, Any]) -> None:
    [kind] = [one for one in get_args(RealtimeClientEventParam) if f"'{event['type']}'" in str(one.__annotations__["type"])]
    TypeAdapter(kind).validate_python(event)


@pytest.mark.parametrize(
    ("told", "read"),
    [
        (USAGE, Usage(200, 64, 150, 120, 40, 120)),
        ({"input_tokens": 7, "output_tokens": 2}, Usage(7, None, 2)),
        ({"input_tokens": 0, "output_tokens": 0}, None),
        ({"input_tokens": "7", "output_tokens": -2}, None),
        (None, None),
    ],
)
def test_usage_is_read(told: object, read: Usage | None) -> None:
    assert realtime_events.usage_of({"usage": told}) == read


async def test_it_is_asked_with_key_headers_and_model(server: ScriptedRealtime) -> None:
    connection = await realtime.connect(endpoint(server), {"X-Conversation": "1"})
    assert (await connection.receive())["type"] == "session.created"
    await connection.close()
    [asked] = server.requests
    told = {name: asked.headers[name] for name in ("Authorization", "X-Team", "X-Conversation")}
    assert told == {"Authorization": "Bearer sk-secret-0123456789", "X-Team": "blue", "X-Conversation": "1"}
    assert (asked.path, "OpenAI-Beta" in asked.headers) == ("/v1/realtime?model=gpt-realtime", False)


@pytest.mark.parametrize(
    ("status", "error", "kind"),
    [
        (401, {"code": "invalid_api_key", "message": "Incorrect API key provided."}, "key"),
        (429, {"code": "insufficient_quota", "message": "You exceeded your current quota."}, "quota"),
        (404, {"code": "model_not_found", "message": "The model does not exist."}, "model"),
        (503, {"message": "Overloaded."}, "provider"),
    ],
)
async def test_a_refusal_says_why(server: ScriptedRealtime, status: int, error: dict[str, Any], kind: str) -> None:
    server.refusals.append((status, {"error": error}))
    with pytest.raises(ProviderError) as refused:
        await realtime.connect(endpoint(server), {})
    assert (refused.value.kind, refused.value.status) == (kind, status)


async def test_no_key_follows_a_redirect(server: ScriptedRealtime) -> None:
    async with ScriptedRealtime() as elsewhere:
        server.redirects_to = f"{elsewhere.base_url}/realtime"
        with pytest.raises(ProviderError) as refused:
            await realtime.connect(endpoint(server), {})
        assert (refused.value.kind, elsewhere.requests) == ("address", [])
