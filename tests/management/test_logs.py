"""Log lines as JSON: with the ids of requests and replies, without keys and the text of messages."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator
from io import StringIO
from typing import Any

import pytest
from django.test import Client

from conversations.logs import JsonFormatter
from conversations.models import User
from tests.support.scripted_openai import Raw, ScriptedOpenAI, Text, failure
from tests.support.socket_client import Socket


@pytest.fixture
def lines() -> Iterator[StringIO]:
    written = StringIO()
    handler = logging.StreamHandler(written)
    handler.setFormatter(JsonFormatter())
    logging.getLogger().addHandler(handler)
    yield written
    logging.getLogger().removeHandler(handler)


def _read(written: StringIO) -> list[dict[str, Any]]:
    return [json.loads(line) for line in written.getvalue().splitlines()]


@pytest.mark.django_db(transaction=True)
async def test_what_is_done_for_a_command_carries_its_ids(alice: User, openai: ScriptedOpenAI, lines: StringIO) -> None:
    openai.queue(failure(400, "You asked: a secret question, with sk-test-0123456789"))
    async with Socket(alice) as socket:
        request = await socket.command("send", text="A secret question", conversation=None)
        finished = await socket.until("finished")
    ended = next(line for line in _read(lines) if "ended as failed" in line["message"])
    assert (ended["request"], ended["reply"], ended["level"]) == (request, finished["message"], "WARNING")
    assert "secret" not in lines.getvalue().lower()
    assert "sk-test" not in lines.getvalue()


@pytest.mark.django_db(transaction=True)
async def test_what_a_model_said_is_in_no_line(alice: User, openai: ScriptedOpenAI, lines: StringIO) -> None:
    openai.script(Text("A secret answer"), Raw(b'data: {"a secret": \n\n'))
    async with Socket(alice) as socket:
        await socket.answer("A secret question")
    assert "secret" not in lines.getvalue()
    assert _read(lines)


def test_an_exception_is_told_without_its_words(lines: StringIO) -> None:
    words = "a secret value"
    try:
        raise ValueError(words)
    except ValueError:
        logging.getLogger("conversations").exception("Something broke")
    line = _read(lines)[-1]
    assert (line["message"], line["exception"]) == ("Something broke", "ValueError")
    assert __file__.rpartition("/")[2] in line["trace"]
    assert words not in lines.getvalue()


def test_each_answer_names_its_request(settings: Any) -> None:
    first, second = (Client().get("/healthz", headers={"x-request-id": "mine"}) for _ in range(2))
    assert first["X-Request-ID"] != second["X-Request-ID"]
    assert first["X-Request-ID"] != "mine", "Any client can send that."
    settings.TRUSTED_PROXIES = 1
    assert Client().get("/healthz", headers={"x-request-id": "mine"})["X-Request-ID"] == "mine"
    assert Client().get("/healthz", headers={"x-request-id": "x" * 200})["X-Request-ID"] != "x" * 200
