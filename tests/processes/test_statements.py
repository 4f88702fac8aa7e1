"""A reply's start, end and title ask the database for little: their statements cost more than hundreds of its tokens."""

import time
from typing import Any

import pytest
from channels.db import database_sync_to_async
from django.db import connection

from conversations.models import User
from tests.support.scripted_openai import ScriptedOpenAI
from tests.support.socket_client import Socket

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.every_database]

MOST = {"a first reply with its title": 18, "a further reply": 16}


async def test_statements_of_a_reply(alice: User, openai: ScriptedOpenAI, monkeypatch: pytest.MonkeyPatch) -> None:
    now = time.monotonic()  # for good: what is remembered for seconds stays so, however long these replies take
    monkeypatch.setattr("conversations.process_cache.monotonic", lambda: now)
    said: list[str] = []

    def note(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        if not sql.startswith(("SAVEPOINT", "RELEASE", "BEGIN")):  # PostgreSQL's backend doesn't tell of the last
            said.append(sql)
        return execute(sql, params, many, context)

    await database_sync_to_async(lambda: connection.execute_wrappers.append(note))()
    try:
        counted: dict[str, list[str]] = {}
        async with Socket(alice) as socket:
            await socket.answer("Fill what is filled once")
            await socket.until("conversation", title="A fitting title")
            said.clear()
            first = await socket.answer("How do tides work?")
            await socket.until("conversation", title="A fitting title")
            counted["a first reply with its title"] = said[:]
            said.clear()
            await socket.answer("And the moon?", first["conversation"])
            counted["a further reply"] = said[:]
    finally:
        await database_sync_to_async(lambda: connection.execute_wrappers.remove(note))()
    for what, most in MOST.items():
        assert len(counted[what]) <= most, "\n".join([what, *counted[what]])
