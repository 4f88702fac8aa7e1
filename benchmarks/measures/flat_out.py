"""Without a pace: how many tokens a core carries, and whether a very long answer's end costs more than its beginning."""

from __future__ import annotations

import psutil

from benchmarks import processes, report
from benchmarks.clients import people
from benchmarks.report import Row
from benchmarks.run import Run, readers, say
from benchmarks.servers.shapes import Shape

from . import clocks, load
from .load import Measured

REPLIES, TOKENS = 4, 50_000
RELAYED_TOKENS = 5_000
"""The relay is so much slower that it gets fewer."""
LONG_TOKENS, LONG_RATE, LONG_PADDING = 10_000, 1_000, 90
"""About a megabyte in ten seconds."""


def flat_out(run: Run, shape: Shape) -> None:
    heading = f"{shape.name}: {REPLIES} replies of {TOKENS:,} tokens as fast as they are read"
    say(f"{heading} …")
    question, server = f"bench:{TOKENS}:0", shape.servers[0]
    seats = readers(people.sign_in(server, REPLIES, "flat-out"), [server.port])
    ours = load.measure(seats, question, run.watched(shape), ramp=0, patience=120, around=run.profiler(heading, shape))
    run.report.notes.append(report.bound_by(heading, ours))
    run.report.troubles += report.troubles(heading, ours.answer, REPLIES, TOKENS, people.saved(server))
    theirs: Measured | None = None
    if run.options.relay:
        with processes.relay(run.base_url) as (port, process):
            watched = {"server": clocks.of(process), "provider": clocks.of(psutil.Process(run.provider.pid))}
            seats, question = [{"cookie": "", "port": port}] * REPLIES, f"bench:{RELAYED_TOKENS}:0"
            theirs = load.measure(seats, question, watched, ramp=0, patience=300, at="relay")
        run.report.notes.append(report.bound_by(f"plain relay: {heading.partition(': ')[2]}", theirs))
    found = [
        Row("tokens a second for each core of the server's", None, _rate(ours), _rate(theirs), at_least=True),
        Row("tokens a second", None, ours.answer["tokens"] / ours.seconds, theirs.answer["tokens"] / theirs.seconds if theirs else None),
    ]
    run.report.add(heading, found)


def _rate(measured: Measured | None) -> float | None:
    return measured.answer["tokens"] / measured.servers if measured and measured.servers else None


def long_answer(run: Run, shape: Shape) -> None:
    server = shape.servers[0]
    heading = f"{shape.name}: one answer of a megabyte in {LONG_TOKENS // LONG_RATE} s"
    say(f"{heading} …")
    ours = load.measure(
        readers(people.sign_in(server, 1, "long"), [server.port]),
        f"bench:{LONG_TOKENS}:{LONG_RATE}:{LONG_PADDING}",
        run.watched(shape),
        ramp=0,
        patience=60,
        progress_of=server.process.pid,
        around=run.profiler(heading, shape),
    )
    run.report.notes.append(report.bound_by(heading, ours))
    run.report.troubles += report.troubles(heading, ours.answer, 1, LONG_TOKENS, people.saved(server))
    series: list[tuple[int, float]] = ours.answer["progress"]
    total = series[-1][0]
    first, last = (_spent(series, total * begin, total * end) / (total / 4 / 1024) * 1e6 for begin, end in ((0, 0.25), (0.75, 1)))
    run.report.add(
        heading,
        [
            Row("server CPU per KB, first quarter", None, first, unit="µs"),
            Row("server CPU per KB, last quarter", None, last, unit="µs"),
            Row("the last quarter's by the first's", 2.0, last / first if first else None),
            Row("delay, p99", None, ours.answer["p99"], unit="ms"),
        ],
    )


def _spent(series: list[tuple[int, float]], begin: float, end: float) -> float:
    """Seconds of processor time while the answer grew from one length to another."""
    before = max(spent for length, spent in series if length <= begin)
    return min(spent for length, spent in series if length >= end) - before
