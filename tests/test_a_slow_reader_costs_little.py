"""A tab that stops reading is closed at a bounded cost; everybody else, the reply included, goes on."""

import asyncio
import json
import socket
import uuid

import psutil
import websockets
from asgiref.sync import sync_to_async

from tests.scripted_openai import Finish, ScriptedOpenAI, Step, Text, Wait
from tests.served_people import sign_in
from tests.serving import Serving

ANSWER = 16 * 1024 * 1024
PIECE = "0123456789abcdef" * 2048


async def test_it_is_closed_and_the_others_get_everything(serve: Serving) -> None:
    async with ScriptedOpenAI() as openai:
        pieces: list[Step] = [Text(PIECE), Wait(0.004)]
        openai.script(*pieces * (ANSWER // len(PIECE)), Finish())
        server = await sync_to_async(serve)(openai.base_url)
        cookie = {"Cookie": f"sessionid={await sync_to_async(sign_in)(server, 'alice')}"}
        narrow = socket.create_connection(("127.0.0.1", server.port))
        narrow.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        narrow.setblocking(False)
        process = psutil.Process(server.process.pid)
        async with websockets.connect(server.socket_address, additional_headers=cookie, max_size=None) as reader:
            slow = await websockets.connect(server.socket_address, additional_headers=cookie, sock=narrow, max_size=None, max_queue=1)
            before = process.memory_info().rss
            await reader.send(json.dumps({"type": "send", "id": str(uuid.uuid4()), "conversation": None, "text": "A lot, please"}))
            received, most, watching = 0, 0, False
            async for frame in reader:
                event = json.loads(frame)
                if event["type"] == "accepted" and not watching:
                    watching = True
                    await slow.send(json.dumps({"type": "watch", "conversation": event["conversation"]}))
                elif event["type"] == "delta":
                    assert event["offset"] == received
                    received = event["end"]
                    most = max(most, process.memory_info().rss - before)
                elif event["type"] == "finished":
                    assert event["status"] == "complete"
                    break
            assert received == ANSWER
            # The answer itself is held once as it is said and once as it is saved; what waits for the slow tab is little beside it.
            assert most < 5 * ANSWER
            await asyncio.wait_for(_closed(slow), 10)
            await slow.close()
        await sync_to_async(server.stop)()


async def _closed(connection: websockets.ClientConnection) -> None:
    """Until the server has hung up; what was still on its way is read and thrown away."""
    try:
        while True:
            await connection.recv()
    except websockets.ConnectionClosed as closed:
        assert closed.rcvd is None or closed.rcvd.code == 4408
