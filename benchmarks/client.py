"""The browsers: sockets that each ask one question, follow the answer by the offset rule, and note how late each token is.

python -m benchmarks.client          reads what to do as a line of JSON, says "ready", and asks when a line comes in
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import statistics
import sys
import uuid
from typing import Any

import orjson
import uvloop

from benchmarks.upstream import now
from benchmarks.websocket import Connection


class Reader:
    """One socket and its one answer."""

    def __init__(self, *, relay: bool) -> None:
        self.relay = relay
        self.ready: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.delays: list[int] = []
        self.first = 0
        self.frames = 0
        self.text: list[str] = []
        self.reply = self.status = ""
        self.end: int | None = None
        self.errors: list[str] = []

    async def connect(self, port: int, cookie: str) -> None:
        self.connection = await Connection.to(port, cookie, self.received, self.lost)
        if not self.relay:
            await asyncio.wait_for(self.ready, 30)

    def ask(self, text: str) -> None:
        command = {"type": "send", "id": str(uuid.uuid4()), "conversation": None, "parent": None, "text": text}
        self.asked = now()
        self.connection.send(orjson.dumps({**command, "attachments": [], "prompt": None, "model": None}))

    def received(self, payload: bytes) -> None:
        at = now()
        frame = orjson.loads(payload)
        match frame["type"]:
            case "delta":
                self.frames += 1
                if self.relay or self.fits(frame):
                    self.first = self.first or at
                    self.text.append(frame["text"])
                    self.delays.extend(at - int(token, 16) for token in frame["text"].split())
            case "message" if frame["message"]["role"] == "assistant":
                self.reply, self.end = frame["message"]["id"], frame["message"]["end"]
            case "finished":
                self.status = frame["status"]
                if not self.relay and frame["end"] != self.end:
                    self.errors.append(f"finished at {frame['end']}, but we hold {self.end}")
                self.finish()
            case "error":
                self.errors.append(f"{frame['code']}: {frame['detail']}")
                self.finish()
            case "ready":
                self.ready.set_result(None)

    def fits(self, frame: dict[str, Any]) -> bool:
        if frame["offset"] != self.end:
            self.errors.append(f"a frame from {frame['offset']} to {frame['end']} while we hold {self.end}")
            return False
        self.end = frame["end"]
        return True

    def lost(self, reason: str) -> None:
        self.errors.append(reason)
        self.finish()

    def finish(self) -> None:
        if not self.done.done():
            self.done.set_result(None)


async def main() -> None:
    task = json.loads(sys.stdin.readline())
    readers = [Reader(relay=task["relay"]) for _ in task["cookies"]]
    for reader, cookie in zip(readers, task["cookies"], strict=True):
        await reader.connect(task["port"], cookie)
    print("ready", flush=True)
    await asyncio.to_thread(sys.stdin.readline)
    for reader in readers:
        reader.ask(task["question"])
        await asyncio.sleep(task["ramp"] / len(readers))
    unfinished = (await asyncio.wait([reader.done for reader in readers], timeout=task["timeout"]))[1]
    print(json.dumps(result(readers, len(unfinished))), flush=True)
    await asyncio.to_thread(sys.stdin.readline)
    for reader in readers:
        reader.connection.close()


def result(readers: list[Reader], unfinished: int) -> dict[str, Any]:
    delays = sorted(delay for reader in readers for delay in reader.delays)
    return {
        "tokens": len(delays),
        "frames": sum(reader.frames for reader in readers),
        "complete": sum(reader.status == "complete" for reader in readers),
        "unfinished": unfinished,
        "errors": [error for reader in readers for error in reader.errors][:5],
        "p50": delays[len(delays) // 2] / 1000 if delays else None,
        "p99": delays[len(delays) * 99 // 100] / 1000 if delays else None,
        "worst": delays[-1] / 1000 if delays else None,
        "first": statistics.median((reader.first - reader.asked) / 1000 for reader in readers if reader.first) if delays else None,
        "texts": {reader.reply: hashlib.sha256("".join(reader.text).encode()).hexdigest() for reader in readers if reader.reply},
    }


if __name__ == "__main__":
    uvloop.run(main())
