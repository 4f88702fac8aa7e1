"""Open tabs in which nothing happens: sockets that each watch one conversation, if any.

python -m benchmarks.clients.idle_clients   reads port, cookie and conversation of each as JSON, prints "ready", ends at the next line
"""

from __future__ import annotations

import asyncio
import json
import sys

import orjson
import uvloop

from .websocket import Connection


class IdleClient:
    def __init__(self) -> None:
        loop = asyncio.get_running_loop()
        self.ready: asyncio.Future[None] = loop.create_future()
        self.lost = ""

    async def connect(self, port: int, cookie: str, conversation: str | None) -> None:
        self.connection = await Connection.to(port, cookie, self.received, self.gone)
        if conversation is not None:
            await asyncio.wait_for(self.ready, 30)
            self.connection.send(orjson.dumps({"type": "watch", "id": None, "conversation": conversation}))

    def received(self, payload: bytes) -> None:
        frame = orjson.loads(payload)
        if frame["type"] == "ready":
            self.ready.set_result(None)
        elif frame["type"] == "error":
            self.lost = frame["detail"]

    def gone(self, reason: str) -> None:
        self.lost = reason


async def main() -> None:
    seats = json.loads(sys.stdin.readline())
    clients = [IdleClient() for _ in seats]
    for client, (port, cookie, conversation) in zip(clients, seats, strict=True):
        await client.connect(port, cookie, conversation)
    print("ready", flush=True)
    await asyncio.to_thread(sys.stdin.readline)
    print(json.dumps([client.lost for client in clients if client.lost]), flush=True)


if __name__ == "__main__":
    uvloop.run(main())
