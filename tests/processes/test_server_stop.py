"""The real server, stopped or killed in the middle of an answer."""

import json
import signal
import time
import uuid
from collections.abc import Iterator
from typing import Any

import pytest
from django.conf import settings
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import ClientConnection, connect

from tests.support.scripted_openai import Finish, Gate, Hold, ScriptedOpenAI, Stay, Text
from tests.support.serving import Served, Serving
from tests.support.template import session_key

pytestmark = [pytest.mark.timeout(180), pytest.mark.every_database]  # each starts a server or two


@pytest.fixture
def provider() -> Iterator[ScriptedOpenAI]:
    with ScriptedOpenAI.in_thread() as server:
        yield server


def socket_to(server: Served) -> ClientConnection:
    cookie = f"{settings.SESSION_COOKIE_NAME}={session_key('alice')}"
    return connect(server.socket_address, origin=server.address, additional_headers={"Cookie": cookie})  # type: ignore[arg-type]


def until(socket: ClientConnection, kind: str, seconds: float = 15) -> dict[str, Any]:
    deadline = time.monotonic() + seconds
    while True:
        frame = json.loads(socket.recv(max(0.1, deadline - time.monotonic())))
        if frame["type"] == kind:
            return frame


def ask(socket: ClientConnection) -> None:
    until(socket, "ready")
    command = {"type": "send", "id": str(uuid.uuid4()), "conversation": None, "parent": None, "text": "Count", "attachments": []}
    socket.send(json.dumps({**command, "prompt": None, "model": None}))
    until(socket, "delta")


def close_code(socket: ClientConnection) -> int | None:
    try:
        while True:
            socket.recv(15)
    except ConnectionClosed as closed:
        return closed.rcvd.code if closed.rcvd else None


def saved(server: Served) -> list[str]:
    """Status and text of the last reply as the database has them."""
    ((status, parts),) = server.rows("SELECT status, parts FROM conversations_message WHERE role = 'assistant' ORDER BY id DESC LIMIT 1")
    parts = json.loads(parts) if isinstance(parts, str) else parts
    return [status, "".join(part["text"] for part in parts if part["type"] == "text")]


def test_an_answer_that_ends_in_time_is_heard_and_saved_whole(serve: Serving, provider: ScriptedOpenAI):
    gate = Gate()
    provider.script(Text("One "), Hold(gate), Text("two"), Finish())
    server = serve(provider.base_url, OPENAI_API="chat_completions", DRAIN_SECONDS="20")
    with socket_to(server) as socket:
        ask(socket)
        server.process.send_signal(signal.SIGTERM)
        server.wait_for("Stopping")
        gate.open()
        assert until(socket, "finished")["status"] == "complete"
        assert close_code(socket) == 1012
    assert server.process.wait(20) == 0
    assert saved(server) == ["complete", "One two"]


def test_an_answer_that_takes_too_long_keeps_what_was_said(serve: Serving, provider: ScriptedOpenAI):
    provider.script(Text("One "), Stay())
    server = serve(provider.base_url, OPENAI_API="chat_completions", DRAIN_SECONDS="0.5")
    with socket_to(server) as socket:
        ask(socket)
        server.process.send_signal(signal.SIGTERM)
        assert until(socket, "finished")["status"] == "interrupted"
        assert close_code(socket) == 1012
    assert server.process.wait(20) == 0
    assert saved(server) == ["interrupted", "One "]


def test_a_second_signal_ends_it_at_once(serve: Serving, provider: ScriptedOpenAI):
    provider.script(Text("One "), Stay())
    server = serve(provider.base_url, OPENAI_API="chat_completions", DRAIN_SECONDS="300")
    with socket_to(server) as socket:
        ask(socket)
        server.process.send_signal(signal.SIGTERM)
        server.wait_for("Stopping")
        server.process.send_signal(signal.SIGTERM)
        server.process.wait(5)


def test_after_a_kill_the_next_start_finds_what_was_said(serve: Serving, provider: ScriptedOpenAI):
    provider.script(Text("One "), Stay())
    server = serve(provider.base_url, OPENAI_API="chat_completions")
    with socket_to(server) as socket:
        ask(socket)
        deadline = time.monotonic() + 10
        while saved(server)[1] != "One ":
            assert time.monotonic() < deadline
        server.kill()
    again = serve(provider.base_url, data_dir=server.data_dir, OPENAI_API="chat_completions")
    again.wait_for("was lost by its process")
    assert saved(again) == ["interrupted", "One "]
    assert again.stop() == 0
