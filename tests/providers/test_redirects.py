"""A provider that redirects does not get our key and headers sent to another server."""

from __future__ import annotations

from dataclasses import replace

from conversations.providers.endpoint import Api
from tests.support.provider_stream import failure, on_both_wires, provider
from tests.support.scripted_openai import Answer, ScriptedOpenAI


@on_both_wires
async def test_nothing_is_carried_to_where_it_points(api: Api) -> None:
    async with ScriptedOpenAI() as elsewhere, provider(api) as (server, usual):
        endpoint = replace(usual, headers=(("X-Gateway", "hidden"),))
        server.queue(Answer(status=307, headers={"location": f"{elsewhere.base_url}/chat/completions"}, body="moved"))
        error = await failure(endpoint)
        assert error.status == 307
        assert server.requests[0].headers["x-gateway"] == "hidden"
        assert elsewhere.requests == []
