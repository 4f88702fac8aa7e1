"""A tab that stops reading is closed rather than served from a growing queue; all others, and the reply, are not affected."""

import asyncio
import json
import socket
import uuid

import pytest
import websockets
from asgiref.sync import sync_to_async

from tests.support.scripted_openai import Finish, ScriptedOpenAI, Step, Text, Wait
from tests.support.serving import Served, Serving
from tests.support.template import session_key

ANSWER = 12 * 1024 * 1024
PIECE = "0123456789abcdef" * 2048


@pytest.mark.every_database
@pytest.mark.timeout(180)
async def test_it_is_closed_and_the_others_get_everything(serve: Serving) -> None:
    async with ScriptedOpenAI() as openai:
        pieces: list[Step] = [Text(PIECE), Wait(0.004)]
        openai.script(*pieces * (ANSWER // len(PIECE)), Finish())
        server = await sync_to_async(serve)(openai.base_url)
        cookie = {"Cookie": f"sessionid={session_key('alice')}"}
        try:
            async with (
                websockets.connect(server.socket_address, additional_headers=cookie, max_size=None) as reader,
                websockets.connect(
                    server.socket_address, additional_headers=cookie, sock=_narrow(server), max_size=None, max_queue=1
                ) as slow,
            ):
                await reader.send(json.dumps({"type": "send", "id": str(uuid.uuid4()), "conversation": None, "text": "A lot, please"}))
                received, conversation = await _received(reader, slow)
                assert received == ANSWER
                assert await asyncio.wait_for(_until_closed(slow), 20) < ANSWER
            async with websockets.connect(server.socket_address, additional_headers=cookie, max_size=None) as again:
                assert await asyncio.wait_for(_caught_up(again, conversation), 20) == PIECE * (ANSWER // len(PIECE))
        finally:
            await sync_to_async(server.stop)()


def _narrow(server: Served) -> socket.socket:
    """A connection whose kernel takes little on our side."""
    connection = socket.create_connection(("127.0.0.1", server.port))
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    connection.setblocking(False)
    return connection


async def _received(reader: websockets.ClientConnection, slow: websockets.ClientConnection) -> tuple[int, str]:
    """The characters that the quick one got, and in which conversation. The slow one watches, too, and reads nothing."""
    received, conversation = 0, ""
    async for frame in reader:
        event = json.loads(frame)
        if event["type"] == "accepted":
            conversation = event["conversation"]
            await slow.send(json.dumps({"type": "watch", "id": str(uuid.uuid4()), "conversation": conversation}))
        elif event["type"] == "delta":
            assert event["offset"] == received
            received = event["end"]
        elif event["type"] == "finished":
            assert event["status"] == "complete"
            return received, conversation
    raise AssertionError("The quick one was closed.")


async def _caught_up(again: websockets.ClientConnection, conversation: str) -> str:
    """What the one that was closed is shown once it has come back."""
    await again.send(json.dumps({"type": "watch", "id": str(uuid.uuid4()), "conversation": conversation}))
    async for frame in again:
        event = json.loads(frame)
        if event["type"] == "snapshot":
            return "".join(part["text"] for part in event["parts"])
    raise AssertionError("It was closed again.")


async def _until_closed(slow: websockets.ClientConnection) -> int:
    """The characters that were still on their way when the server hung up."""
    received = 0
    try:
        while True:
            received += len(await slow.recv())
    except websockets.ConnectionClosed as closed:
        assert closed.rcvd is None or closed.rcvd.code == 4408
    return received
