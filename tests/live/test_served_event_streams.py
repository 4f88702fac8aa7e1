"""An event stream under daphne: it lasts, its reader may be slow or gone, and the server may stop."""

from __future__ import annotations

import http.client
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import suppress

import pytest

from tests.support.scripted_openai import Finish, Gate, Hold, ScriptedOpenAI, Stay, Step, Text, Wait
from tests.support.serving import Served, Serving
from tests.support.stream_tab import LOST, StreamTab
from tests.support.tab import Tab
from tests.support.template import session_key

pytestmark = pytest.mark.timeout(120)

ANSWER = 12 * 1024 * 1024
PIECE = "0123456789abcdef" * 2048
FOUND_OUT = 30.0


@pytest.fixture(scope="module")
def served(serve_with: Callable[..., Served]) -> Served:
    return serve_with()


@pytest.fixture
def tab(served: Served) -> Iterator[StreamTab]:
    with StreamTab(session_key("alice"), served.address) as tab:
        yield tab


@pytest.fixture
def other(served: Served) -> Iterator[Tab]:
    """With a socket."""
    with Tab(session_key("alice"), served.address) as tab:
        yield tab


def test_it_outlives_the_time_that_other_requests_have(serve_with: Callable[..., Served], lasting_provider: ScriptedOpenAI) -> None:
    gate = Gate()
    lasting_provider.script(Text("Take "), Hold(gate), Text("your time"), Finish())
    with StreamTab(session_key("alice"), serve_with(REQUEST_SECONDS="6").address) as tab:
        accepted = tab.send("Slowly")  # in less than that, on a busy machine too
        tab.hear(9)
        gate.open()
        assert tab.until_ended(accepted["reply"]) == "complete"
        assert (tab.text(accepted["reply"]), tab.connects) == ("Take your time", 2)  # the second one is for the new conversation


@pytest.mark.parametrize("how", ["closed", "reset"])
def test_a_reader_that_is_gone_is_let_go(served: Served, other: Tab, lasting_provider: ScriptedOpenAI, how: str) -> None:
    before = served.held()
    lasting_provider.script(Text("Nobody listens"), Stay())
    with StreamTab(session_key("alice"), served.address) as tab:
        accepted = tab.send("Anybody there?")
        other.watch(accepted["conversation"])
        other.until_shown(accepted["reply"], bool)
        assert served.held()["watched"] > before["watched"] + 1
        if how == "reset":
            tab.reset()
    deadline = time.monotonic() + FOUND_OUT
    while served.held()["watched"] > before["watched"] + 1:  # what the other one watches by now
        assert time.monotonic() < deadline
        time.sleep(0.05)
    other.command("stop", message=accepted["reply"])
    assert other.until_ended(accepted["reply"]) == "stopped"


def test_a_reader_that_does_not_read_is_closed_and_the_others_get_everything(
    served: Served, tab: StreamTab, lasting_provider: ScriptedOpenAI
) -> None:
    gate = Gate()
    pieces: list[Step] = [Text(PIECE), Wait(0.004)]
    lasting_provider.script(Text("A"), Hold(gate), *pieces * (ANSWER // len(PIECE)), Finish())
    accepted = tab.send("A lot, please")
    slow = narrow_stream(served, accepted["conversation"])
    begun = b""
    while b'"ready"' not in begun:
        begun += slow.recv(100)
    gate.open()
    assert tab.until_ended(accepted["reply"], 60) == "complete"
    assert len(tab.text(accepted["reply"])) == ANSWER + 1
    deadline = time.monotonic() + FOUND_OUT
    while served.held()["watched"] > 2:  # the other one's user and conversation
        assert time.monotonic() < deadline
        time.sleep(0.05)
    received, end = 0, b""
    slow.settimeout(20)
    while chunk := slow.recv(1 << 20):
        received, end = received + len(chunk), (end + chunk)[-100:]
    slow.close()
    assert b"data: 4408" in end
    assert received < ANSWER / 2, "What the server kept for it comes before the end, so that is what it kept at most."


def test_a_stop_of_the_server_ends_it_and_the_page_comes_back(
    serve: Serving, serve_with: Callable[..., Served], lasting_provider: ScriptedOpenAI
) -> None:
    server = serve_with(DRAIN_SECONDS="0.2", CLOSING_SECONDS="60")
    with StreamTab(session_key("alice"), server.address) as tab:
        lasting_provider.script(Text("Before"), Stay())
        accepted = tab.send("Hello")
        tab.until_shown(accepted["reply"], "Before".__eq__)
        begun = time.monotonic()
        assert server.stop(50) == 0
        assert time.monotonic() - begun < 50  # it waits for its clients a minute, had the stream not been ended
        assert tab.close_code() == LOST
        again = serve(
            lasting_provider.base_url,
            data_dir=server.data_dir,
            OPENAI_API="chat_completions",
            DATABASE_URL="",
            REDIS_URL="",
            REQUEST_SECONDS="1.5",
        )
        tab.connect(again.address)
        assert tab.until_ended(accepted["reply"]) == "interrupted"
        assert tab.text(accepted["reply"]) == "Before"


def test_a_head_request_and_a_plain_page_are_answered_as_ever(served: Served) -> None:
    for method, path, status in (("HEAD", "/events/", 405), ("GET", "/healthz", 200)):
        connection = http.client.HTTPConnection("127.0.0.1", served.port, timeout=10)
        connection.request(method, path)
        response = connection.getresponse()
        response.read()
        assert response.status == status
        connection.close()


def test_one_that_fails_is_cut_off_and_so_is_the_next(served: Served) -> None:
    """Daphne's check of its applications must not end with the first that fails in the middle of its response."""
    for _ in range(2):
        with socket.create_connection(("127.0.0.1", served.port), timeout=FOUND_OUT) as connection:
            connection.sendall(b"GET /events/?fail HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")
            received = b""
            with suppress(ConnectionResetError):
                while chunk := connection.recv(1000):
                    received += chunk
        assert b":begun" in received


def narrow_stream(served: Served, conversation: str) -> socket.socket:
    """A stream that no client reads, on a connection whose kernel takes little."""
    connection = socket.create_connection(("127.0.0.1", served.port))
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    head = f"GET /events/?watch={conversation} HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\nCookie: sessionid={session_key('alice')}\r\n\r\n"
    connection.sendall(head.encode())
    return connection
