"""The browsers: sockets that each send one question, follow the answer by the offset rule, and measure the delay of each token.

python -m benchmarks.clients.client          reads its task as a line of JSON, prints "ready", and sends when the next line comes
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import statistics
import sys
from typing import Any

import psutil
import uvloop

from benchmarks.measures.clocks import of

from .chainlit_reader import ChainlitReader
from .observer import Observer
from .program import Program
from .reader import Reader, RelayReader

KINDS: dict[str, type[Reader]] = {"ours": Reader, "relay": RelayReader, "chainlit": ChainlitReader, "api": Program}


async def main() -> None:
    task = json.loads(sys.stdin.readline())
    readers = [KINDS[task["at"]]() for _ in task["readers"]]
    for reader, where in zip(readers, task["readers"], strict=True):
        await reader.connect(**where)
    print("ready", flush=True)
    await asyncio.to_thread(sys.stdin.readline)
    noting = asyncio.ensure_future(progress(readers, task["progress_of"]))
    for reader in readers:
        reader.ask(task["question"])
        await asyncio.sleep(task["ramp"] / len(readers))
    unfinished = (await asyncio.wait([reader.done for reader in readers], timeout=task["timeout"]))[1]
    if task["titled"] and (untitled := (await asyncio.wait([reader.titled for reader in readers], timeout=60))[1]):
        readers[0].errors.append(f"{len(untitled)} conversations got no title")
    observers = [reader.observer for reader in readers if reader.observer is not None]
    late = (await asyncio.wait([observer.done for observer in observers], timeout=5))[1] if observers else set()
    noting.cancel()
    series = (await asyncio.gather(noting, return_exceptions=True))[0]
    found = {**result(readers, len(unfinished)), "progress": series if isinstance(series, list) else []}
    if observers:
        found["observers"] = seen(observers, len(late))
    print(json.dumps(found), flush=True)
    await asyncio.to_thread(sys.stdin.readline)
    for connection in [*(reader.connection for reader in readers), *(observer.connection for observer in observers)]:
        connection.close()


async def progress(readers: list[Reader], pid: int | None) -> list[tuple[int, float]]:
    """How many characters had come at which processor time of the server, a few times a second."""
    series: list[tuple[int, float]] = []
    if pid is not None:
        clock, (reader,) = of(psutil.Process(pid)), readers
        try:
            while True:
                series.append((reader.end or 0, clock()))
                await asyncio.sleep(0.05)
        except asyncio.CancelledError:
            series.append((reader.end or 0, clock()))
    return series


def result(readers: list[Reader], unfinished: int) -> dict[str, Any]:
    firsts = sorted((reader.first - reader.sent_at) / 1000 for reader in readers if reader.first) or [0.0]
    return {
        **lateness([delay for reader in readers for delay in reader.delays]),
        "frames": sum(reader.frames for reader in readers),
        "complete": sum(reader.status == "complete" for reader in readers),
        "unfinished": unfinished,
        "errors": [error for reader in readers for error in reader.errors][:5],
        "first": statistics.median(firsts),
        "first_p99": firsts[len(firsts) * 99 // 100],
        "texts": {reader.reply: _hash("".join(reader.text)) for reader in readers if reader.reply},
    }


def seen(observers: list[Observer], late: int) -> dict[str, Any]:
    return {
        **lateness([delay for observer in observers for delay in observer.delays]),
        "frames": sum(observer.frames for observer in observers),
        "resyncs": sum(observer.resyncs for observer in observers),
        "complete": sum(observer.status == "complete" for observer in observers),
        "unfinished": late,
        "errors": [error for observer in observers for error in observer.errors][:5],
        "texts": {observer.reply: _hash(observer.text) for observer in observers if observer.reply},
    }


def lateness(delays: list[int]) -> dict[str, Any]:
    delays.sort()
    found: dict[str, Any] = {"tokens": len(delays), "p50": None, "p99": None, "worst": None}
    if delays:
        at = {"p50": len(delays) // 2, "p99": len(delays) * 99 // 100, "worst": -1}
        found |= {name: delays[index] / 1000 for name, index in at.items()}
    return found


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


if __name__ == "__main__":
    uvloop.run(main())
