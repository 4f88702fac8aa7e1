"""The socket's fault matrix: the connection between page and server is cut or silenced at each moment of an answer.

The reply goes on, the server finds out, and a page that comes back ends with exactly what was said and what is saved.
"""

import contextlib
import json
import select
import socket
import struct
import time
from collections.abc import Callable, Iterator
from typing import Any
from urllib.request import Request, urlopen

import pytest
from django.conf import settings

from tests.support.scripted_openai import Finish, Gate, Hold, ScriptedOpenAI, Stay, Step, Text, Wait
from tests.support.serving import Served
from tests.support.tab import Tab
from tests.support.template import session_key
from tests.support.wire import Wire

pytestmark = pytest.mark.timeout(90)

WORDS = ("One ", "two ", "three ", "four")
WHOLE = "".join(WORDS)
PING_SECONDS = 4.5
"""A living line answers in that time, on a busy machine too."""
FOUND_OUT = 30.0
"""Seconds. The impatient site pings after these, waits as long, and looks at its sockets every two."""


@pytest.fixture(scope="module")
def patient(serve_with: Callable[..., Served]) -> Served:
    return serve_with(CLOSING_SECONDS="30")


@pytest.fixture(scope="module")
def impatient(serve_with: Callable[..., Served]) -> Served:
    return serve_with(PING_SECONDS=str(PING_SECONDS))


@pytest.fixture
def served(request: pytest.FixtureRequest) -> Served:
    """The impatient one where a test is marked with `usefixtures("impatient")`, for lines that go dead; else the patient one."""
    return request.getfixturevalue("impatient" if "impatient" in request.fixturenames else "patient")  # type: ignore[no-any-return]


@pytest.fixture(scope="module")
def session() -> str:
    return session_key("alice")


@pytest.fixture
def wire(served: Served) -> Iterator[Wire]:
    with Wire(served.port) as wire:
        yield wire


@pytest.fixture
def tab(session: str, wire: Wire) -> Iterator[Tab]:
    """Over the wire that breaks."""
    with Tab(session, f"http://127.0.0.1:{wire.port}") as tab:
        yield tab
        wire.reset()  # a dead one would have the tab wait for the server's goodbye


@pytest.fixture
def other(session: str, served: Served) -> Iterator[Tab]:
    """Over a sound one."""
    with Tab(session, served.address) as tab:
        yield tab


def script_words(lasting_provider: ScriptedOpenAI) -> list[Gate]:
    """An answer with a gate before each word, and one before its finish."""
    gates = [Gate() for _ in range(len(WORDS) + 1)]
    steps: list[Step] = []
    for gate, word in zip(gates, WORDS, strict=False):
        steps += [Hold(gate), Text(word)]
    lasting_provider.script(*steps, Hold(gates[-1]), Finish())
    return gates


def messages(tab: Tab, conversation: str) -> list[dict[str, Any]]:
    """The chosen path, as a page that is loaded now shows it."""
    cookie = {"Cookie": f"{settings.SESSION_COOKIE_NAME}={tab.session}"}
    with urlopen(Request(f"{tab.address}/c/{conversation}/messages/", headers=cookie)) as answer:
        return json.load(answer)["messages"]


def text_of(message: dict[str, Any]) -> str:
    return "".join(part["text"] for part in message["parts"] if part["type"] == "text")


def settled(served: Served, other: Tab) -> dict[str, int]:
    """What the process holds: watchers, replies that run, tasks. Once this tab's socket has nothing to do any more."""
    other.until("pong", id=other.command("ping"))
    return served.held()


def until_let_go(served: Served, before: dict[str, int]) -> None:
    """Until the process holds no more than before."""
    deadline = time.monotonic() + FOUND_OUT
    while any((now := served.held())[what] > before[what] for what in before):
        assert time.monotonic() < deadline, f"{now} is more than {before}"
        time.sleep(0.1)


# How many words were sent when the connection broke, and how many when the page was back; five includes the finish.
@pytest.mark.parametrize(
    ("broken_at", "back_at"),
    [
        pytest.param(0, 0, id="before the first token"),
        pytest.param(0, 2, id="before the first token and back amid"),
        pytest.param(0, 5, id="before the first token and back after the end"),
        pytest.param(2, 2, id="amid"),
        pytest.param(1, 3, id="amid, with words missed"),
        pytest.param(2, 5, id="amid and back after the end"),
        pytest.param(4, 4, id="after the last word"),
        pytest.param(4, 5, id="after the last word and back after the end"),
        pytest.param(5, 5, id="after the end"),
    ],
)
def test_a_reset_line_loses_no_word(
    lasting_provider: ScriptedOpenAI, wire: Wire, tab: Tab, other: Tab, broken_at: int, back_at: int
) -> None:
    gates = script_words(lasting_provider)
    accepted = tab.send("Count")
    reply = accepted["reply"]
    other.watch(accepted["conversation"])
    open_until(gates, broken_at, tab, reply)
    wire.reset()
    open_until(gates, back_at, other, reply)
    tab.connect(tab.address)
    open_until(gates, 5, tab, reply)
    assert tab.until_ended(reply) == other.until_ended(reply) == "complete"
    assert tab.text(reply) == other.text(reply) == WHOLE
    saved = messages(other, accepted["conversation"])[-1]
    assert (saved["status"], text_of(saved)) == ("complete", WHOLE)


def open_until(gates: list[Gate], said: int, witness: Tab, reply: str) -> None:
    """Let so much be said, and wait until the witness shows it."""
    for gate in gates[:said]:
        gate.open()
    witness.until_shown(reply, "".join(WORDS[:said]).__eq__)
    if said > len(WORDS):
        witness.until_ended(reply)


@pytest.mark.usefixtures("impatient")
@pytest.mark.parametrize("said", [0, 2])
def test_a_line_that_goes_dead_is_found_out_and_let_go(
    lasting_provider: ScriptedOpenAI, served: Served, session: str, wire: Wire, other: Tab, said: int
) -> None:
    before = settled(served, other)
    gates = script_words(lasting_provider)
    with Tab(session, f"http://127.0.0.1:{wire.port}") as tab:
        accepted = tab.send("Count")
        reply = accepted["reply"]
        open_until(gates, said, tab, reply)
        wire.go_dead()
        other.watch(accepted["conversation"])
        open_until(gates, 3, other, reply)
        with_other = {**before, "watched": before["watched"] + 1, "running": 1, "tasks": before["tasks"] + 20}
        until_let_go(served, with_other)
        open_until(gates, 5, other, reply)
        assert other.status(reply) == "complete"
        wire.reset()
        wire.restore()
        tab.connect(tab.address)
        assert tab.until_ended(reply) == "complete"
        assert tab.text(reply) == WHOLE
    other.command("unwatch", conversation=accepted["conversation"])
    until_let_go(served, before)


@pytest.mark.usefixtures("impatient")
def test_a_line_that_goes_dead_under_much_text_leaves_nothing_behind(
    lasting_provider: ScriptedOpenAI, served: Served, session: str, wire: Wire, other: Tab
) -> None:
    piece, pieces = "0123456789abcdef" * 4096, 256  # more than the kernel and the server keep for it
    gate = Gate()
    before = settled(served, other)
    much: list[Step] = [Text(piece), Wait(0.004)]
    lasting_provider.script(Hold(gate), *much * pieces, Finish())
    with Tab(session, f"http://127.0.0.1:{wire.port}") as tab:
        accepted = tab.send("Much")
        gate.wait_until_reached()
        wire.go_dead()
        gate.open()
        until_let_go(served, before)
        saved = messages(other, accepted["conversation"])[-1]
        assert (saved["status"], text_of(saved) == piece * pieces) == ("complete", True)
        wire.reset()
        assert "Task was destroyed" not in served.output


@pytest.mark.parametrize("arrived", [False, True])
def test_a_message_that_is_sent_again_counts_once(
    lasting_provider: ScriptedOpenAI, wire: Wire, tab: Tab, other: Tab, arrived: bool
) -> None:
    gates = script_words(lasting_provider)
    fields = {"id": tab.new_id(), "conversation": None, "parent": None, "text": "Count", "attachments": [], "prompt": None, "model": None}
    if not arrived:
        wire.go_dead()
    tab.command("send", **fields)
    if arrived:
        gates[0].wait_until_reached()
    wire.reset()
    wire.restore()
    tab.connect(tab.address)
    accepted = tab.accepted("send", **fields)
    open_until(gates, 5, tab, accepted["reply"])
    assert tab.text(accepted["reply"]) == WHOLE
    assert [text_of(message) for message in messages(other, accepted["conversation"])] == ["Count", WHOLE]
    assert tab.accepted("send", **fields)["reply"] == accepted["reply"]


@pytest.mark.parametrize("said", [(), ("One ",)])
def test_a_stop_that_is_sent_again_ends_it_once(
    lasting_provider: ScriptedOpenAI, wire: Wire, tab: Tab, other: Tab, said: tuple[str, ...]
) -> None:
    gate = Gate()
    lasting_provider.script(*map(Text, said), Hold(gate), Stay())
    accepted = tab.send("Count")
    reply = accepted["reply"]
    gate.wait_until_reached()
    stream = lasting_provider.streams[-1]
    other.watch(accepted["conversation"])
    for watching in (tab, other):
        watching.until_shown(reply, "".join(said).__eq__)
    tab.command("stop", message=reply)
    wire.reset()
    tab.connect(tab.address)
    tab.command("stop", message=reply)
    assert tab.until("finished", message=reply)["status"] == "stopped"
    assert other.until_ended(reply) == "stopped"
    assert stream.gone.wait(30)
    assert tab.text(reply) == other.text(reply) == "".join(said)
    pong = other.command("ping")
    other.until("pong", id=pong)
    assert len([frame for frame in other.frames if frame["type"] == "finished"]) == 1


def test_messages_sent_at_the_same_time_after_the_same_answer_are_both_kept(lasting_provider: ScriptedOpenAI, tab: Tab, other: Tab) -> None:
    lasting_provider.script(Text("Here"), Finish())
    first = tab.send("Start")
    other.watch(first["conversation"])
    assert tab.until_ended(first["reply"]) == other.until_ended(first["reply"]) == "complete"
    given = {"conversation": first["conversation"], "parent": first["reply"], "attachments": [], "prompt": None, "model": None}
    requests = {each: each.command("send", text=text, **given) for each, text in ((tab, "Left"), (other, "Right"))}
    branches = {each: each.until("accepted", id=request) for each, request in requests.items()}
    assert len({branch["reply"] for branch in branches.values()}) == 2
    for each in (tab, other):
        for branch in branches.values():
            assert each.until_ended(branch["reply"]) == "complete"
    assert [tab.text(branches[each]["reply"]) for each in (tab, other)] == ["You said: Left", "You said: Right"]
    path = messages(tab, first["conversation"])
    assert path[2]["siblings"] == sorted(branch["message"] for branch in branches.values())


def test_the_answer_to_a_close_may_come_late(patient: Served) -> None:
    """As over a slow line: a connection that is reset loses what is still on its way, such as the end of an answer."""
    lines = ["GET /ws/ HTTP/1.1", "Host: localhost", "Connection: Upgrade", "Upgrade: websocket", "Sec-WebSocket-Version: 13"]
    closed = struct.pack("!BBH", 0x88, 2, 4401)  # as RFC 6455 (5.5.1) has it: no user is signed in
    with socket.create_connection(("127.0.0.1", patient.port), timeout=40) as client:
        client.sendall("\r\n".join([*lines, "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==", "", ""]).encode())
        came = b""
        while not came.endswith(closed):
            piece = client.recv(1000)
            assert piece, came
            came += piece
        assert not select.select([client], [], [], 1.5)[0]
        client.sendall(struct.pack("!BBIH", 0x88, 0x82, 0, 4401))
        with contextlib.suppress(ConnectionResetError):
            assert client.recv(1000) == b""


@pytest.mark.parametrize("reads", [True, False])
def test_who_is_not_read_is_not_blamed_for_silence(monkeypatch: pytest.MonkeyPatch, reads: bool) -> None:
    """While a client's commands wait for a slow database, its pongs wait behind them."""
    from conversations.management.websockets import FlowingWebSocket

    dropped: list[bool] = []
    line = FlowingWebSocket()
    monkeypatch.setattr(line, "dropConnection", lambda *, abort: dropped.append(abort))
    line._is_reading = reads
    line.onAutoPingTimeout()
    assert dropped == ([True] if reads else [])


def test_a_ping_is_answered_or_given_up_before_the_next() -> None:
    """Autobahn forgets the time set for one ping when it sends another, and would then drop a socket that has answered."""
    from conversations.management import server

    assert 2 < server.PING_TIMEOUT_SECONDS < server.PING_INTERVAL_SECONDS <= 30
