"""A command that waits for the database is given up after a while, but carried out all the same."""

import time
from typing import Any

import pytest

from conversations.commands import exchange
from conversations.commands.idempotency import Exchange
from conversations.live import dispatch
from conversations.models import User
from tests.support.scripted_openai import Finish, ScriptedOpenAI, Text
from tests.support.socket_client import Socket

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.every_database]


async def test_the_person_hears_of_it_and_gets_the_answer_later(alice: User, openai: ScriptedOpenAI, monkeypatch: pytest.MonkeyPatch):
    def slowly(*given: Any, **fields: Any) -> Exchange:
        time.sleep(0.6)
        return exchange.send(*given, **fields)

    monkeypatch.setattr(dispatch, "COMMAND_TIMEOUT_SECONDS", 0.2)
    monkeypatch.setitem(dispatch.COMMANDS, "send", slowly)
    openai.script(Text("Here"), Finish())
    async with Socket(alice) as socket:
        request = await socket.command("send", text="Hello", conversation=None)
        error = await socket.next_error()
        assert (error["id"], error["code"]) == (request, "unavailable")
        assert "may still carry this out" in error["detail"]
        accepted = await socket.until("accepted", id=request)
        assert (await socket.until("finished", message=accepted["reply"]))["status"] == "complete"
        assert socket.text(accepted["reply"]) == "Here"
