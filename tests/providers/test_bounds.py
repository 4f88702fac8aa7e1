"""Whatever a provider's server sends instead of an answer costs little: it is read so far and no further, and means an error with a sentence."""

from __future__ import annotations

import asyncio
import contextlib
import gzip
import json
import time
import tracemalloc
import zlib
from collections.abc import AsyncIterator, Callable
from typing import Any

import brotli
import pytest

from conversations.providers import model_list
from conversations.providers.bounded_transport import LARGEST_ERROR
from conversations.providers.errors import ProviderError
from tests.support.loop_clock import LoopClock
from tests.support.provider_stream import failure
from tests.support.raw_server import sending
from tests.support.turns import until_done

MEGABYTE = 1024 * 1024
REFUSED = b"HTTP/1.1 502 Bad Gateway\r\nContent-Type: text/html\r\nx-request-id: req_1\r\n"
LISTED = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
PAGE = b"<html><head><title>502 Bad Gateway</title></head><body>" + b"<" * (12 * MEGABYTE)
LIST = b'{"data": [' + b'{"id": "model"},' * (3 * MEGABYTE // 2)


def _deflated(data: bytes) -> bytes:
    return zlib.compress(data, 1)[2:-4]  # raw, as some servers send it


BOMBS: dict[str, Callable[[bytes], bytes]] = {
    "gzip": lambda data: gzip.compress(data, 1),
    "deflate": _deflated,
    "br": lambda data: brotli.compress(data, quality=1),
    "gzip, gzip": lambda data: gzip.compress(gzip.compress(data, 1), 1),
}


@contextlib.asynccontextmanager
async def cheaply(megabytes: float = 8.0, seconds: float = 0.5) -> AsyncIterator[None]:
    """What happens here takes little memory, and the event loop goes on meanwhile: so many seconds of the processor are the most between two turns of
    another task, which on a busy machine may wait longer.
    """
    longest = 0.0

    async def watch() -> None:
        nonlocal longest
        while True:
            began = time.process_time()
            await asyncio.sleep(0.01)
            longest = max(longest, time.process_time() - began)

    watching = asyncio.create_task(watch())
    await asyncio.sleep(0.02)
    tracemalloc.start()
    try:
        yield
        assert tracemalloc.get_traced_memory()[1] < megabytes * MEGABYTE
        assert longest < seconds
    finally:
        tracemalloc.stop()
        watching.cancel()


def _whole(head: bytes, body: bytes, encoding: str = "") -> bytes:
    named = f"Content-Encoding: {encoding}\r\n" if encoding else ""
    return head + f"{named}Content-Length: {len(body)}\r\n\r\n".encode() + body


@pytest.mark.parametrize("encoding", BOMBS)
async def test_an_error_that_unpacks_to_megabytes(encoding: str) -> None:
    async with sending(_whole(REFUSED, BOMBS[encoding](PAGE), encoding)) as server, cheaply():
        error = await failure(server.endpoint())
        assert (error.kind, error.status, error.request_id, error.cause) == ("provider", 502, "req_1", "HTTP 502: 502 Bad Gateway")


async def test_an_error_without_end() -> None:
    async with sending(REFUSED + b"\r\n<title>Oh</title>", b"x" * 65536) as server, cheaply():
        error = await failure(server.endpoint())
        assert (error.kind, error.status, error.cause) == ("provider", 502, "HTTP 502: Oh")
        assert server.sent < 20 * MEGABYTE, "The connection is closed."


async def test_an_error_that_comes_byte_by_byte(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("conversations.providers.bounded_transport.ERROR_SECONDS", 0.2)
    async with sending(REFUSED + b"\r\nBroken", b".", every=0.02) as server:
        error = await failure(server.endpoint())
        assert error.status == 502
        assert error.cause.startswith("HTTP 502: Broken.")


async def test_an_error_whose_body_breaks_off_keeps_its_status() -> None:
    async with sending(REFUSED + b"Content-Length: 5000\r\n\r\n<title>Overloaded</title>") as server:
        error = await failure(server.endpoint())
        assert (error.status, error.cause) == (502, "HTTP 502: Overloaded")


@pytest.mark.parametrize("charset", ["punycode", "zlib", "unicode_escape", "nonsense"])
async def test_an_error_in_an_odd_charset(charset: str) -> None:
    head = REFUSED.replace(b"text/html", f"text/plain; charset={charset}".encode())
    async with sending(_whole(head, b"Nothing works \\u0041 " * 500)) as server, cheaply():
        assert (await failure(server.endpoint())).cause.startswith("HTTP 502: Nothing works \\u0041")


def _deep(levels: int) -> str:
    return "[" * levels + "]" * levels


DEEP = {
    "error": _deep(900),
    "error beyond parsing": _deep(LARGEST_ERROR // 2),
    "message": f'{{"error": {{"message": {_deep(900)}, "code": {_deep(900)}, "details": {_deep(900)}}}}}',
    "number": f'{{"error": {{"message": "no", "code": {"9" * 5000}}}}}',
    "half a character": '{"error": {"message": "\\ud800", "code": "\\udfff", "type": "\\ud83c"}}',
}


@pytest.mark.parametrize("body", DEEP.values(), ids=DEEP)
@pytest.mark.parametrize("status", [400, 502])
async def test_errors_of_an_odd_form(status: int, body: str) -> None:
    head = f"HTTP/1.1 {status} Refused\r\nContent-Type: application/json\r\n".encode()
    async with sending(_whole(head, body.encode())) as server:
        error = await failure(server.endpoint())
        assert (error.kind, error.status) == ("request" if status == 400 else "provider", status)
        error.cause.encode()


@pytest.mark.parametrize("location", ["http://[", "//[::1", "javascript:alert(1)", "\udcff", "http://a/" + "x" * 8000])
async def test_redirects_to_nowhere(location: str) -> None:
    head = b"HTTP/1.1 302 Found\r\nContent-Length: 0\r\nLocation: " + location.encode("utf-8", "surrogateescape") + b"\r\n\r\n"
    async with sending(head) as server:
        error = await failure(server.endpoint())
        assert error.kind == "address"
        assert len(error.cause) < 2100


async def test_cookies_are_not_kept() -> None:
    cookies = b"".join(b"Set-Cookie: a%d=%s\r\n" % (number, b"x" * 200) for number in range(50))
    async with sending(_whole(b"HTTP/1.1 500 No\r\n" + cookies, b"no")) as server:
        for _ in range(3):
            assert (await failure(server.endpoint())).kind == "provider"
        assert len(server.heads) == 3
        assert all(b"cookie" not in head.lower() for head in server.heads)


# Lists of models


async def _no_list(server: Any) -> ProviderError:
    with pytest.raises(ProviderError) as caught:
        await model_list.offers(server.endpoint())
    return caught.value


@pytest.mark.parametrize("encoding", BOMBS)
async def test_a_list_that_unpacks_to_megabytes(encoding: str) -> None:
    async with sending(_whole(LISTED, BOMBS[encoding](LIST), encoding)) as server, cheaply(16):
        error = await _no_list(server)
        assert (error.kind, "too long for a list of models" in error.cause) == ("provider", True)


async def test_a_list_without_end() -> None:
    async with sending(LISTED + b"\r\n" + LIST[:1000], b'{"id": "model"},' * 4096) as server, cheaply(16):
        assert "too long for a list of models" in (await _no_list(server)).cause
        assert server.sent < 40 * MEGABYTE


async def test_a_list_that_comes_byte_by_byte(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(model_list, "PATIENCE_SECONDS", 0.2)
    async with sending(LISTED + b"\r\n[", b" ", every=0.02) as server:
        assert (await _no_list(server)).kind == "timeout"


ODD_LISTS = [
    '{"data": [{"id": "a", "x": "\\ud800"}]}',
    _deep(10_000),
    f'{{"data": {_deep(2_000)}}}',
    '{"data": [{"id": "a", "context_length": NaN}]}',
    f'{{"data": [{{"id": "a", "context_length": {"9" * 400}}}]}}',
    '{"data": [',
]


@pytest.mark.parametrize("body", ODD_LISTS)
async def test_odd_lists_are_none(body: str) -> None:
    async with sending(_whole(LISTED, body.encode())) as server:
        error = await _no_list(server)
        assert (error.kind, "is not a list of models" in error.cause) == ("provider", True)


async def test_only_what_can_be_a_model_is_listed() -> None:
    entries = [
        {"id": "vast", "context_length": 10**18, "max_model_len": True, "context_window": -1},
        {"id": ""},
        {"id": "x" * 201},
        {"id": ["deep"]},
        None,
        7,
        "plain",
        *({"id": f"model-{number}"} for number in range(10_000)),
    ]
    async with sending(_whole(LISTED, json.dumps({"data": entries}).encode())) as server:
        offers = await model_list.offers(server.endpoint())
        assert [(offer.name, offer.window) for offer in offers[:3]] == [("vast", 0), ("plain", 0), ("model-0", 0)]
        assert len(offers) == model_list.MOST_MODELS


# The time until the first token


HUNDRED = b"HTTP/1.1 100 Continue\r\n\r\n" * 4000


async def test_interim_responses_without_end_starve_no_other_task() -> None:
    async with sending(HUNDRED, HUNDRED) as server, cheaply():
        error = await asyncio.wait_for(failure(server.endpoint()), 30)
        assert error.kind == "network"
        assert "interim responses" in error.cause


@pytest.mark.parametrize("header", [b"HTTP/1.1 200 OK\r\n", b"HTTP/1.1 102 Processing\r\n\r\nHTTP/1.1 200 OK\r\n"])
async def test_headers_that_come_byte_by_byte(header: bytes) -> None:
    async with sending(header, b"x", every=0.02) as server:
        error = await asyncio.wait_for(failure(server.endpoint(patience=0.2)), 30)
        assert error.kind == "timeout"


PATIENCE_SECONDS = 300.0
"""By the loop's clock, which is put forward."""
STREAMED = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\n"


@pytest.mark.parametrize(("again", "every"), [(b": wait\n\n", 0.02), (b"d", 0.02), (b":\n" * 32768, 0.0)])
async def test_a_body_that_says_nothing(again: bytes, every: float, monkeypatch: pytest.MonkeyPatch) -> None:
    async with sending(STREAMED, again, every=every) as server, cheaply():
        clock = LoopClock(monkeypatch)
        failing = asyncio.create_task(failure(server.endpoint(patience=PATIENCE_SECONDS)))
        while server.sent < len(STREAMED) + 10 * len(again):
            assert not failing.done()
            await asyncio.sleep(0.01)
        clock.passed += PATIENCE_SECONDS * 0.9
        await asyncio.sleep(0.1)
        assert not failing.done()
        clock.passed += PATIENCE_SECONDS * 0.1
        error = await asyncio.wait_for(failing, 30)
        assert error.kind == "timeout"


async def test_a_stop_meanwhile_is_heard() -> None:
    for head, again, every in ((HUNDRED[:25], HUNDRED[:25], 0.02), (b"HTTP/1.1 200 OK\r\n", b"x", 0.02), (STREAMED, b":\n" * 32768, 0.0)):
        async with sending(head, again, every=every) as server:
            task = asyncio.create_task(failure(server.endpoint()))
            await asyncio.sleep(0.1)
            task.cancel()
            await until_done(task.done, 1)
