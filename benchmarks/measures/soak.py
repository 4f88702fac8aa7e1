"""Whether anything grows or gets lost while users connect, disconnect and stop, and the provider is unreliable.

python -m benchmarks.measures.soak --minutes 3 --people 60 --shapes sqlite two
"""

from __future__ import annotations

import argparse
import asyncio
import re
import sys
import time
from collections import Counter

import uvloop

from benchmarks import processes
from benchmarks.clients import people
from benchmarks.clients.shown_answers import Ledger
from benchmarks.clients.simulated_user import SimulatedUser
from benchmarks.run import say
from benchmarks.servers.shapes import PROCESSES, SHAPES, Shape

from . import samples
from .samples import Sample

PROGRAM = ("-m", "benchmarks.servers.counted")
SAMPLE_SECONDS = 10.0
MAX_SETTLING_SECONDS = 165.0
"""A silent answer is given up after 60 seconds, or after 120 before its first token; then the kept connections to the
provider stay for 30 more."""
SETTLED_SECONDS = 35.0
SAVED = """
import json
from conversations.models import Message, Role
replies = Message.objects.filter(role=Role.ASSISTANT)
print(json.dumps({str(reply.pk): [reply.status, "".join(part.get("text", "") for part in reply.parts)] for reply in replies.iterator()}))
"""

# How much more than before may be held at the end.
PSS_SHARE, PSS_MEGABYTES = 1.10, 5.0
TASKS = 2
FILES = 6
FILES_PER_THREAD = 3  # SQLite's database, log and index
POSTGRES_PER_PROCESS = 20  # the pool's size
REDIS_PER_PROCESS = 10


def main(kinds: list[str], minutes: float, count: int = 60) -> int:
    failed = 0
    for kind in kinds:
        with processes.upstream("benchmarks.providers.unruly") as (base_url, _), SHAPES[kind](base_url, PROGRAM) as shape:
            for _ in range(PROCESSES[kind]):
                shape.start()
            failed += bool(uvloop.run(soak(shape, minutes * 60, count)))
    return min(failed, 1)


async def soak(shape: Shape, seconds: float, count: int) -> list[str]:
    say(f"{shape.name}: {count} users for {seconds / 60:.1f} minutes …")
    ledger, begun = Ledger(), time.monotonic()
    ports = [server.port for server in shape.servers]
    signed_in = await asyncio.to_thread(people.sign_in, shape.servers[0], count + len(ports), "soak")
    # Each process answers one question first, so that all it loads on demand is part of the level before.
    for number, port in enumerate(ports):
        await SimulatedUser(-1 - number, signed_in.pop().cookie, [port], ledger).ask_once()
    crowd = [SimulatedUser(number, user.cookie, ports, ledger) for number, user in enumerate(signed_in)]

    async def sample(name: str) -> Sample:
        connected = sum(user.connected for user in crowd)
        taken = await asyncio.to_thread(samples.take, shape, connected, begun)
        series.append((name, taken))
        return taken

    series: list[tuple[str, Sample]] = []
    idle = await sample("before")
    loop = asyncio.get_running_loop()
    until = loop.time() + seconds
    living = [asyncio.ensure_future(user.live(until)) for user in crowd]
    every = min(SAMPLE_SECONDS, seconds / 6)
    while loop.time() < until:
        await asyncio.sleep(every)
        await sample("")
    broken = [str(error) for error in await asyncio.gather(*living, return_exceptions=True) if error is not None]
    await settled(shape)
    after = await sample("after")
    saved = await asyncio.to_thread(people.evaluate, shape.servers[0], SAVED)
    found = [*(f"a simulated user failed: {error}" for error in broken), *ledger.missing(saved), *grown(shape, series, idle, after)]
    left = sum(status in ("pending", "streaming") for status, _ in saved.values())
    if left:
        found.append(f"{left} answers in the database never ended")
    if ledger.errors["internal"]:
        found.append(f"{ledger.errors['internal']} commands failed inside the server")
    print(f"\n{shape.name}: {len(ledger.pages)} answers were shown, {len(saved)} are in the database")
    print(samples.table(series))
    print("Ended as:", ", ".join(f"{status} {number}" for status, number in ledger.outcomes.most_common()))
    print("Refused or broken:", ", ".join(f"{code} {number}" for code, number in ledger.errors.most_common() if number) or "nothing")
    print("Snapshots requested because a frame was missing:", ledger.resyncs)
    print("Warnings of the server:", "; ".join(f"{line} ({number})" for line, number in warnings(shape).most_common(8)) or "nothing")
    print("\n".join(found[:20]) or "Nothing grew, and all that was shown is saved.")
    return found


def warnings(shape: Shape) -> Counter[str]:
    """What the server wrote to its log as a warning or worse, without the ids and numbers in it."""
    written = [line for server in shape.servers for line in server.lines if re.search(r" (WARNING|ERROR|CRITICAL) ", line)]
    return Counter(re.sub(r"[0-9a-f]{8}-[0-9a-f-]{27}|\d+", "…", line.split(" ", 2)[2].strip())[:150] for line in written)


async def settled(shape: Shape) -> None:
    """Until no reply runs any more, and kept connections have timed out."""
    deadline = time.monotonic() + MAX_SETTLING_SECONDS
    while time.monotonic() < deadline - SETTLED_SECONDS:
        if not (await asyncio.to_thread(samples.take, shape, 0, 0.0)).running:
            break
        await asyncio.sleep(2)
    await asyncio.sleep(SETTLED_SECONDS)


def grown(shape: Shape, series: list[tuple[str, Sample]], idle: Sample, after: Sample) -> list[str]:
    """What is held at the end beyond the level before, or, for memory, after a third of the time."""
    warm = max(sample.pss for _, sample in series[: max(2, len(series) // 3)])
    count = len(shape.servers)
    threads = max(0, after.threads - idle.threads)
    limits = {
        "megabytes of memory": (after.pss, warm * PSS_SHARE + PSS_MEGABYTES),
        "tasks": (after.tasks, idle.tasks + TASKS),
        "running replies": (after.running, 0),
        "watchers": (after.watched, 0),
        "files": (after.files, idle.files + FILES + FILES_PER_THREAD * threads + max(0, after.postgres - idle.postgres)),
        "PostgreSQL connections": (after.postgres, POSTGRES_PER_PROCESS * count),
        "Redis connections": (after.redis, idle.redis + REDIS_PER_PROCESS * count),
        "Redis channels": (after.channels, idle.channels),
    }
    return [f"{held:.0f} {what} at the end, at most {most:.0f} expected" for what, (held, most) in limits.items() if held > most]


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m benchmarks.measures.soak", description=__doc__)
    parser.add_argument("--minutes", type=float, default=3.0)
    parser.add_argument("--people", type=int, default=60)
    parser.add_argument("--shapes", nargs="+", choices=SHAPES, default=["sqlite", "two"])
    options = parser.parse_args()
    sys.exit(main(options.shapes, options.minutes, options.people))
