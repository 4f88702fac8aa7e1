"""The server without load: its start, its memory, and one reply at a time."""

from __future__ import annotations

import asyncio
import statistics
import time
from urllib.request import urlopen

from openai import AsyncOpenAI

from benchmarks.clients import people
from benchmarks.providers.upstream import now
from benchmarks.report import Row
from benchmarks.run import Run, readers, say
from benchmarks.servers.shapes import Shape
from tests.support.serving import Served

from . import clocks, load

FIRST_TOKENS = 10
"""How often the time to the first token is measured."""


def start(shape: Shape) -> Row:
    """The first server of a shape, on data that is there already."""
    shape.start().stop()
    warm = shape.servers.pop()
    begun = time.monotonic()
    urlopen(f"{shape.start_on(warm.data_dir).address}/accounts/login/").close()
    return Row("start to first page", 3.0, time.monotonic() - begun, unit="s")


def memory(shape: Shape) -> list[Row]:
    time.sleep(4)  # what is loaded in the background after the start belongs to it
    return [
        Row("idle memory (PSS)", 150, clocks.pss(shape.processes[0]), unit="MB"),
        Row("idle memory (RSS, with what processes share)", None, clocks.rss(shape.processes[0]), unit="MB"),
    ]


def one_reply(run: Run, shape: Shape) -> list[Row]:
    say(f"{shape.name}: one reply at a time …")
    server: Served = shape.servers[0]
    seats = readers(people.sign_in(server, 1 + FIRST_TOKENS, "alone"), [server.port])
    watched = run.watched(shape)
    alone = load.measure(seats[:1], "bench:250:50", watched, ramp=0, patience=90)
    firsts = load.measure(seats[1:], "bench:10:50", watched, ramp=FIRST_TOKENS * 0.7, patience=90)
    bare = asyncio.run(first_tokens(run.base_url))
    return [
        Row("one reply: frame after its token, p50", 5, alone.answer["p50"], unit="ms"),
        Row("one reply: first token later than the bare client's", 40, firsts.answer["first"] - bare, unit="ms"),
    ]


async def first_tokens(base_url: str) -> float:
    """Milliseconds until the bare client holds a first token: the median of as many requests, on a warm connection."""
    times = []
    async with AsyncOpenAI(base_url=base_url, api_key="unused") as client:
        for _ in range(FIRST_TOKENS + 1):
            sent_at = now()
            async with await client.chat.completions.create(
                model="bench", messages=[{"role": "user", "content": "bench:10:50"}], stream=True
            ) as stream:
                async for chunk in stream:
                    if chunk.choices and chunk.choices[0].delta.content:
                        times.append((now() - sent_at) / 1000)
                        break
    return statistics.median(times[1:])
