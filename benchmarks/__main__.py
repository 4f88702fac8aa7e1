"""Measures against the budgets, and against a plain relay under the same load in the same run.

make bench ARGS="--streams 100 --seconds 20"
"""

from __future__ import annotations

import argparse
import asyncio
import os
import statistics
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.request import urlopen

import psutil
from openai import AsyncOpenAI

from benchmarks import processes, report
from benchmarks.report import Row
from benchmarks.upstream import now
from tests.serving import Served, Serving

MEGABYTE = 1024 * 1024
FIGURES = [("server CPU per token", "µs"), ("delay, p50", "ms"), ("delay, p99", "ms"), ("frames per reply and second", "")]
FIRST_TOKENS = 10
"""How often the time to the first token is taken."""


def main() -> int:
    options = arguments()
    rows: list[Row] = []
    notes: list[str] = []
    troubles: list[str] = []
    with processes.upstream() as (base_url, provider), serving() as serve:
        warm = serve(base_url, OPENAI_API="chat_completions", OPENAI_MODEL="bench")
        warm.stop()
        begun = time.monotonic()
        server = serve(base_url, data_dir=warm.data_dir, OPENAI_API="chat_completions", OPENAI_MODEL="bench")
        urlopen(f"{server.address}/accounts/login/").close()
        rows.append(Row("start to first page", 3.0, time.monotonic() - begun, unit="s"))
        rows += memory(server)
        rows += one_reply(server, provider, base_url)
        for streams in options.streams:
            tokens = options.rate * options.seconds
            load = f"{streams} replies × {options.rate} tokens/s"
            say(f"{load}, {options.seconds} s …")
            ours = processes.load(
                server.port,
                psutil.Process(server.process.pid),
                provider,
                processes.sign_in(server, streams, f"of-{streams}"),
                tokens=tokens,
                rate=options.rate,
                ramp=options.ramp,
                plain=False,
            )
            notes.append(report.bound_by(f"{load}, ours", ours))
            troubles += report.troubles(f"{load}, ours", ours, streams, tokens, processes.saved(server))
            relayed = None
            if options.relay:
                say("the same through the plain relay …")
                with processes.relay(base_url) as (port, relay):
                    relayed = processes.load(
                        port, relay, provider, [""] * streams, tokens=tokens, rate=options.rate, ramp=options.ramp, plain=True
                    )
                notes.append(report.bound_by(f"{load}, plain relay", relayed))
                notes += report.troubles(f"{load}, plain relay", relayed, streams, tokens)
            figures = [figures_of(measured, streams) for measured in (ours, relayed) if measured]
            theirs = figures[1] if relayed else [None] * len(FIGURES)
            limits = {(100, FIGURES[0][0]): 75.0, (200, FIGURES[2][0]): 250.0}
            for (what, unit), mine, other in zip(FIGURES, figures[0], theirs, strict=True):
                rows.append(Row(f"{load}: {what}", limits.get((streams, what)), mine, other, unit))
        rows.append(Row("memory (PSS) after all that", None, pss(server), unit="MB"))
    print("\n" + report.table(rows) + "\n")
    print("\n".join(notes))
    print("\n".join(troubles) or "All tokens were delivered in order, and all replies are in the database as they were shown.")
    return 1 if troubles else 0


def memory(server: Served) -> list[Row]:
    time.sleep(4)  # what is loaded in the background after the start belongs to it
    used = psutil.Process(server.process.pid).memory_full_info()
    return [
        Row("idle memory (PSS)", 150, used.pss / MEGABYTE, unit="MB"),
        Row("idle memory (RSS, with what processes share)", None, used.rss / MEGABYTE, unit="MB"),
    ]


def pss(server: Served) -> float:
    return float(psutil.Process(server.process.pid).memory_full_info().pss) / MEGABYTE


def one_reply(server: Served, provider: psutil.Process, base_url: str) -> list[Row]:
    say("one reply at a time …")
    process = psutil.Process(server.process.pid)
    cookies = processes.sign_in(server, 1 + FIRST_TOKENS, "alone")
    alone = processes.load(server.port, process, provider, cookies[:1], tokens=250, rate=50, ramp=0, plain=False)
    firsts = processes.load(server.port, process, provider, cookies[1:], tokens=10, rate=50, ramp=FIRST_TOKENS * 0.7, plain=False)
    bare = asyncio.run(first_tokens(base_url))
    return [
        Row("one reply: frame after its token, p50", 5, alone.answer["p50"], unit="ms"),
        Row("one reply: first token later than the bare client's", 40, firsts.answer["first"] - bare, unit="ms"),
    ]


async def first_tokens(base_url: str) -> float:
    """Milliseconds until the bare client holds a first token: the median of as many tries, on a warm connection."""
    times = []
    async with AsyncOpenAI(base_url=base_url, api_key="unused") as client:
        for _ in range(FIRST_TOKENS + 1):
            asked = now()
            async with await client.chat.completions.create(
                model="bench", messages=[{"role": "user", "content": "bench:10:50"}], stream=True
            ) as stream:
                async for chunk in stream:
                    if chunk.choices and chunk.choices[0].delta.content:
                        times.append((now() - asked) / 1000)
                        break
    return statistics.median(times[1:])


def figures_of(measured: processes.Measured, streams: int) -> list[float | None]:
    answer = measured.answer
    return [measured.per_token, answer["p50"], answer["p99"], answer["frames"] / streams / measured.seconds]


@contextmanager
def serving() -> Iterator[Serving]:
    for name in ("DATABASE_URL", "REDIS_URL"):  # one process on SQLite is what the budgets are about
        os.environ[name] = ""
    serving = Serving()
    try:
        yield serving
    finally:
        serving.end()


def say(sentence: str) -> None:
    print(sentence, file=sys.stderr, flush=True)


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="make bench", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--streams", type=int, nargs="+", default=[100, 200], help="replies at once (default: 100 200)")
    parser.add_argument("--seconds", type=int, default=20, help="how long each streams (default: 20)")
    parser.add_argument("--rate", type=int, default=50, help="tokens a second of each (default: 50)")
    parser.add_argument("--ramp", type=float, default=2.0, help="seconds over which people ask (default: 2)")
    parser.add_argument("--no-relay", dest="relay", action="store_false", help="leave the baseline out")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
