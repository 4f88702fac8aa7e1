"""Whenever a stream is cancelled, the connection to the provider closes at once, so that spending ends."""

import asyncio
import contextlib
import socket
import ssl
import subprocess
from pathlib import Path

import pytest

from conversations.providers import clients
from conversations.providers.endpoint import Api, Endpoint
from conversations.providers.opening import open_stream
from tests.support.listener import Listener
from tests.support.provider_stream import KEY, REQUEST, on_both_wires, provider
from tests.support.scripted_openai import Answer, Gate, Hold, Text
from tests.support.turns import until_done


async def _read(endpoint: Endpoint, first: asyncio.Event, *, pause: bool = False) -> None:
    async with open_stream(endpoint, REQUEST) as stream:
        async for _ in stream:
            if pause:
                stream.pause()
            first.set()


async def _cancel(task: asyncio.Task[None]) -> None:
    task.cancel()
    await until_done(task.done, 1)
    assert task.cancelled()


@on_both_wires
async def test_while_waiting_for_the_headers(api: Api) -> None:
    gate = Gate()
    async with provider(api) as (server, endpoint):
        server.queue(Answer(before_headers=(Hold(gate),)))
        task = asyncio.create_task(_read(endpoint, asyncio.Event()))
        await gate.reached()
        await _cancel(task)
        assert await server.requests[0].client_left(1) < 1


@on_both_wires
async def test_before_the_first_word(api: Api) -> None:
    gate = Gate()
    async with provider(api) as (server, endpoint):
        server.script(Hold(gate), Text("Hi"))
        task = asyncio.create_task(_read(endpoint, asyncio.Event()))
        await gate.reached()
        await asyncio.sleep(0.02)  # for the headers to arrive
        await _cancel(task)
        assert await server.requests[0].client_left(1) < 1


@on_both_wires
@pytest.mark.parametrize("pause", [False, True], ids=["reading", "paused"])
async def test_amid_the_answer(api: Api, pause: bool) -> None:
    gate, first = Gate(), asyncio.Event()
    async with provider(api) as (server, endpoint):
        server.script(Text("Hi"), Hold(gate), Text("there"))
        task = asyncio.create_task(_read(endpoint, first, pause=pause))
        await first.wait()
        await gate.reached()
        await _cancel(task)
        assert await server.requests[0].client_left(1) < 1


async def test_leaving_without_reading_to_the_end() -> None:
    gate = Gate()
    async with provider("chat_completions") as (server, endpoint):
        server.script(Text("Hi"), Hold(gate))
        async with open_stream(endpoint, REQUEST) as stream:
            await anext(stream)
        assert await server.requests[0].client_left(1) < 1


async def test_while_connecting() -> None:
    with socket.socket() as listener, contextlib.ExitStack() as fillers:
        listener.bind(("127.0.0.1", 0))
        listener.listen(0)
        for _ in range(4):  # a full backlog leaves further attempts hanging
            filler = fillers.enter_context(socket.socket())
            filler.setblocking(False)
            filler.connect_ex(listener.getsockname())
        endpoint = Endpoint(f"http://127.0.0.1:{listener.getsockname()[1]}/v1", "chat_completions", KEY, "m", 1000)
        task = asyncio.create_task(_read(endpoint, asyncio.Event()))
        await asyncio.sleep(0.1)
        assert not task.done()
        await _cancel(task)
    await clients.close_all()


async def test_over_tls(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A TLS connection must not wait for the other side's goodbye, which a busy server never sends."""
    certificate = tmp_path / "certificate.pem"
    command = "openssl req -x509 -newkey rsa:2048 -nodes -days 1 -subj /CN=localhost -addext subjectAltName=DNS:localhost"
    subprocess.run([*command.split(), "-keyout", certificate, "-out", certificate], check=True, capture_output=True)
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    closed, first = asyncio.Event(), asyncio.Event()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\n\r\n")
        with contextlib.suppress(ConnectionError):
            while True:
                writer.write(b'data: {"choices": [{"delta": {"content": "on and on "}}]}\n\n')
                await writer.drain()
                await asyncio.sleep(0.01)
        closed.set()

    async with Listener(serve, tls=context) as listener:
        endpoint = Endpoint(f"https://localhost:{listener.port}/v1", "chat_completions", KEY, "m", 1000)
        task = asyncio.create_task(_read(endpoint, first))
        await first.wait()
        await _cancel(task)
        await until_done(closed.is_set, 1)
        await clients.close_all()
