"""A client that doesn't read, or takes for ever to say what it wants, costs little and not for long; others aren't affected."""

import contextlib
import re
import select
import socket
import struct
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from tests.support.serving import Served, Serving
from tests.support.short_deadlines import SECONDS, UNFINISHED_PER_ADDRESS
from tests.support.template import session_key

pytestmark = pytest.mark.timeout(90)

LATE = SECONDS + 30
"""Seconds. Connections are looked at every two, and the machine may be busy."""
READER_SECONDS = 8.0
"""For so long the slow reader may take nothing: longer than a busy machine keeps it from reading."""
IDLE_PER_ADDRESS = 8
HERE, ANOTHER_MACHINE = "127.0.0.1", "127.0.0.2"
MEGABYTE = 1024 * 1024
GET = b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n"
HANDSHAKE = (
    b"GET /ws/ HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n"
)
FORM = b"POST /accounts/login/ HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/x-www-form-urlencoded\r\n"
DROPS = {
    b"GET /healthz HTTP/1.1\r\nHost: localhost\r\nX-Slow: ": b"x",
    HANDSHAKE + b"X-Slow: ": b"x",
    FORM + b"Content-Length: 1000\r\n\r\nlogin=": b"x",
    FORM + b"Transfer-Encoding: chunked\r\n\r\n": b"1\r\nx\r\n",
}
"""What a request begins with, and what then comes of it again and again."""


@pytest.fixture(scope="module")
def serve_with() -> Iterator[Callable[..., Served]]:
    """Starts a server with deadlines of so many seconds."""
    serving = Serving(("-m", "tests.support.short_deadlines"))
    given: dict[str, Any] = {"SOCKETS_PER_ADDRESS": str(IDLE_PER_ADDRESS), "API_ALLOWED_ORIGINS": SITE, "DATABASE_URL": "", "REDIS_URL": ""}
    yield lambda seconds, **more: serving("http://127.0.0.1:9/v1", CLIENT_SECONDS=str(seconds), **given, **more)
    serving.end()


@pytest.fixture(scope="module")
def served(serve_with: Callable[..., Served]) -> Served:
    """For tests of its deadlines. A busy machine may keep a client for long from beginning its request."""
    return serve_with(SECONDS, IDLE_SECONDS="600")


@pytest.fixture(scope="module")
def patient(serve_with: Callable[..., Served]) -> Served:
    """For tests of all else: its deadlines close nothing, however long a busy machine keeps a client from sending or reading."""
    return serve_with(600)


Connect = Callable[..., socket.socket]


@pytest.fixture
def connect(served: Served) -> Iterator[Connect]:
    with contextlib.ExitStack() as connections:
        yield connecting(served, connections)


@pytest.fixture
def connect_for_long(patient: Served) -> Iterator[Connect]:
    """To the patient one."""
    with contextlib.ExitStack() as connections:
        yield connecting(patient, connections)


def connecting(server: Served, connections: contextlib.ExitStack) -> Connect:
    def opened(address: str = HERE, *, receive_buffer: int = 0) -> socket.socket:
        connection = connections.enter_context(socket.socket())
        if receive_buffer:
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
        connection.bind((address, 0))
        connection.settimeout(40)
        connection.connect((HERE, server.port))
        return connection

    return opened


@pytest.fixture(scope="module", autouse=True)
def slow_reading(serve_with: Callable[..., Served], large_file: tuple[bytes, int]) -> Iterator[Future[tuple[int, float]]]:
    """A client reads slowly while the other tests run, for that takes long. How much it got, and in how many seconds."""
    request, length = large_file
    server = serve_with(READER_SECONDS)

    def read() -> tuple[int, float]:
        with contextlib.ExitStack() as connections:
            client = connecting(server, connections)(receive_buffer=16384)
            client.sendall(request.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n"))
            got, began = 0, time.monotonic()
            while piece := client.recv(length // 100):
                got += len(piece)
                time.sleep(READER_SECONDS * 2.5 / 100)  # all of it takes longer than nothing may take
            return got, time.monotonic() - began

    with ThreadPoolExecutor() as beside:
        yield beside.submit(read)


@pytest.fixture(scope="module")
def large_file(served: Served) -> tuple[bytes, int]:
    """The request of the largest static file, and the length of its response's body."""
    static = served.data_dir / "static"
    files = [file for file in static.rglob("*") if re.search(r"\.[0-9a-f]{12}\.js$", file.name)]
    largest = max(files, key=lambda file: file.stat().st_size)
    return f"GET /static/{largest.relative_to(static)} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode(), largest.stat().st_size


def until_nothing_is_held(served: Served) -> None:
    deadline = time.monotonic() + LATE
    while any((now := served.held()).values()):
        assert time.monotonic() < deadline, now
        time.sleep(0.1)


def memory_in_megabytes(served: Served) -> float:
    lines = Path(f"/proc/{served.process.pid}/smaps_rollup").read_text()
    return int(re.search(r"^Pss: +(\d+) kB$", lines, re.MULTILINE)[1]) / 1024  # type: ignore[index]


def send_what_is_taken(connection: socket.socket, data: bytes) -> None:
    with contextlib.suppress(BlockingIOError, ConnectionError):
        connection.send(data, socket.MSG_DONTWAIT)


def received(connection: socket.socket) -> bytes:
    """All that comes until the server closes the connection."""
    data = b""
    with contextlib.suppress(ConnectionError):
        while piece := connection.recv(65536):
            data += piece
    return data


def answered(connect: Connect) -> socket.socket:
    """A connection whose first request was answered: none that a busy machine kept from asking until its time was over."""
    for _ in range(10):
        connection = connect()
        with contextlib.suppress(ConnectionError):
            connection.sendall(GET)
            if answer := connection.recv(65536):
                assert answer.startswith(b"HTTP/1.1 200 ")
                return connection
    raise AssertionError("None was answered.")


def is_open(connection: socket.socket) -> bool:
    """Whether the server has neither said anything nor closed it."""
    return not select.select([connection], [], [], 0)[0]


@pytest.mark.skipif(not Path("/proc/self/smaps_rollup").exists(), reason="needs Linux")
def test_responses_that_are_not_read_fill_no_memory_and_their_connections_are_closed(
    served: Served, connect: Connect, large_file: tuple[bytes, int]
) -> None:
    request, _ = large_file
    before = memory_in_megabytes(served)
    clients = [connect(receive_buffer=4096) for _ in range(4)]
    until = time.monotonic() + 1.5  # less than the deadline
    while time.monotonic() < until:
        for client in clients:
            send_what_is_taken(client, request * 400)
        time.sleep(0.02)
    assert memory_in_megabytes(served) - before < 20
    until_nothing_is_held(served)


def test_pipelined_requests_are_all_answered_as_their_responses_are_read(connect_for_long: Connect, large_file: tuple[bytes, int]) -> None:
    request, length = large_file
    client = connect_for_long(receive_buffer=65536)
    client.sendall(request * 9 + GET + request.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n"))
    answer = received(client)
    assert answer.count(b"HTTP/1.1 200 OK\r\n") == 11
    assert answer.count(b"\r\n\r\n" + answer[answer.index(b"\r\n\r\n") + 4 :][:200]) == 10
    assert 10 * length < len(answer) < 10 * length + 20_000


def test_a_request_that_comes_drop_by_drop_is_given_up(connect: Connect) -> None:
    drops = {connect(): drop for drop in DROPS.values()}
    for client, beginning in zip(drops, DROPS, strict=True):
        client.sendall(beginning)
    deadline = time.monotonic() + LATE
    while any(map(is_open, drops)):
        assert time.monotonic() < deadline, [beginning for client, beginning in zip(drops, DROPS, strict=True) if is_open(client)]
        for client in filter(is_open, drops):
            send_what_is_taken(client, drops[client])
        time.sleep(0.1)
    assert {received(client)[:13] for client in drops} == {b"HTTP/1.1 408 "}


def test_a_connection_that_says_nothing_is_closed(serve_with: Callable[..., Served]) -> None:
    server = serve_with(SECONDS)
    with contextlib.ExitStack() as connections:
        connect = connecting(server, connections)
        silent, kept = connect(), answered(connect)
        began = time.monotonic()
        assert received(silent) == received(kept) == b""
        assert time.monotonic() - began < LATE
        until_nothing_is_held(server)


def test_of_an_address_s_unfinished_requests_the_oldest_make_room(patient: Served, connect_for_long: Connect) -> None:
    until_nothing_is_held(patient)  # of earlier tests
    here = [connect_for_long() for _ in range(UNFINISHED_PER_ADDRESS * 3)]
    there = [connect_for_long(ANOTHER_MACHINE) for _ in range(UNFINISHED_PER_ADDRESS + 3)]
    for client in (*here, *there):
        client.sendall(GET[:20])
    assert [received(client)[:13] for client in there[:3]] == [b"HTTP/1.1 408 "] * 3
    there[-1].sendall(GET[20:])
    assert there[-1].recv(65536).startswith(b"HTTP/1.1 200 ")
    assert all(map(is_open, [*there[3:-1], *here]))  # a proxy on this machine brings everyone's


def test_of_an_address_s_idle_connections_the_oldest_make_room(patient: Served, connect_for_long: Connect) -> None:
    until_nothing_is_held(patient)
    there = [connect_for_long(ANOTHER_MACHINE) for _ in range(IDLE_PER_ADDRESS + 2)]
    assert [received(client) for client in there[:2]] == [b"", b""]
    assert all(map(is_open, there[2:]))


TOO_LARGE = [b"Content-Length: 3145728\r\n\r\n", b"Transfer-Encoding: chunked\r\n\r\n300000\r\n"]


@pytest.mark.parametrize("head", TOO_LARGE)
def test_a_body_larger_than_any_page_takes_is_refused_and_the_client_reads_why(connect_for_long: Connect, head: bytes) -> None:
    client = connect_for_long()
    client.sendall(FORM + head)
    for _ in range(48):
        client.sendall(b"x" * 65536)
    assert client.recv(100).startswith(b"HTTP/1.1 413 ")


@pytest.mark.parametrize("head", TOO_LARGE)
def test_a_client_whose_body_is_refused_has_a_moment_to_read_why(served: Served, connect: Connect, head: bytes) -> None:
    client = connect()
    with contextlib.suppress(ConnectionError):  # where a busy machine keeps it from sending that long
        for piece in (FORM + head, *[b"x" * 65536] * 48):
            client.sendall(piece)
    received(client)
    until_nothing_is_held(served)


def test_of_an_unfinished_body_only_so_much_is_kept(patient: Served, connect_for_long: Connect) -> None:
    """Of which Daphne makes a file that has no name."""
    client = connect_for_long()
    client.sendall(FORM + b"Transfer-Encoding: chunked\r\n\r\n")
    for _ in range(30):
        client.sendall(b"20000\r\n" + b"x" * 0x20000 + b"\r\n")
    files = Path(f"/proc/{patient.process.pid}/fd").iterdir()
    kept = [file.stat().st_size for file in files if re.search(r"^/.*/#?\w+ \(deleted\)$", str(file.readlink()))]
    assert sum(kept) <= 2 * MEGABYTE
    assert client.recv(100).startswith(b"HTTP/1.1 413 ")


SITE = "https://www.example.org"
PROGRAM = b"POST /v1/responses HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
LARGE = {
    b"Content-Length: 33554432\r\n\r\n": b"",
    b"Transfer-Encoding: chunked\r\n\r\n": b"210000\r\n" + b"x" * 0x210000 + b"\r\n",
}


@pytest.mark.parametrize("head", LARGE)
@pytest.mark.parametrize(
    "token", [b"", b"Authorization: Bearer sk-chat-none\r\n", b"Cookie: sessionid=" + session_key("alice").encode() + b"\r\n"]
)
def test_a_body_larger_than_a_page_s_is_not_taken_from_who_has_no_token(connect_for_long: Connect, head: bytes, token: bytes) -> None:
    client = connect_for_long()
    client.sendall(PROGRAM + b"Origin: %b\r\n" % SITE.encode() + token + head)
    client.sendall(LARGE[head])
    answer = client.recv(4096)
    assert answer.startswith(b"HTTP/1.1 401 ") and b'"code":"invalid_api_key"' in answer and b"\r\nWWW-Authenticate: Bearer\r\n" in answer
    assert b"\r\nAccess-Control-Allow-Origin: %b\r\n" % SITE.encode() in answer, "A page has to be able to read why it is refused."


@pytest.mark.parametrize("head", LARGE)
def test_a_program_s_large_body_is_taken_whole(patient: Served, connect_for_long: Connect, head: bytes) -> None:
    token = patient.manage("api_token", "alice").strip().encode()
    body = b"x" * (2 * MEGABYTE + 500_000)
    sent = b"%x\r\n%b\r\n0\r\n\r\n" % (len(body), body) if b"chunked" in head else body
    client = connect_for_long()
    client.sendall(PROGRAM + b"Authorization: Bearer %b\r\nConnection: close\r\n" % token)
    client.sendall(head.replace(b"33554432", b"%d" % len(body)) + sent)
    answer = received(client)
    assert answer.startswith(b"HTTP/1.1 400 ") and b'"code": "invalid_json"' in answer
    until_nothing_is_held(patient)


def test_a_flood_of_pings_closes_the_socket(connect_for_long: Connect) -> None:
    client = connect_for_long()
    client.sendall(HANDSHAKE + f"Origin: http://localhost\r\nCookie: sessionid={session_key('alice')}\r\n\r\n".encode())
    assert client.recv(200).startswith(b"HTTP/1.1 101 ")
    ping = b"\x89\x84\0\0\0\0ping"
    client.sendall(ping * 50)  # as many as any honest client
    answer = b""
    while answer.count(b"\x8a\x04ping") < 50:
        answer += client.recv(65536)
    client.sendall(ping * 100)  # not much more: the system throws away what it has received of a connection that is closed while more comes
    answer = received(client)
    assert answer.count(b"\x8a\x04ping") < 100
    assert answer.endswith(b"\x88\x02" + struct.pack("!H", 4429))


def test_a_flood_of_pings_that_goes_on_is_not_answered(connect_for_long: Connect) -> None:
    client = connect_for_long()
    client.sendall(HANDSHAKE + f"Origin: http://localhost\r\nCookie: sessionid={session_key('alice')}\r\n\r\n".encode())
    assert client.recv(200).startswith(b"HTTP/1.1 101 ")
    for _ in range(100):
        send_what_is_taken(client, b"\x89\x84\0\0\0\0ping" * 100)
    assert received(client).count(b"\x8a\x04ping") < 150


def test_a_slow_reader_gets_all_of_a_response(slow_reading: Future[tuple[int, float]], large_file: tuple[bytes, int]) -> None:
    """The last one here: it waits for what is read while the others run."""
    got, seconds = slow_reading.result(80)
    assert got > large_file[1]
    assert seconds > READER_SECONDS * 2
