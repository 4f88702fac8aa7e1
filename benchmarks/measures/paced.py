"""Many replies at the pace of a provider, in every shape, beside the plain relay."""

from __future__ import annotations

from typing import Any

import psutil

from benchmarks import processes, report
from benchmarks.clients import people
from benchmarks.report import Row
from benchmarks.run import Run, readers, say
from benchmarks.servers import shapes
from benchmarks.servers.shapes import Shape

from . import clocks, load
from .load import Measured

CPU, LATEST = "server CPU per token", "delay, p99"
BUDGETS = {("sqlite", 100, CPU): 75.0, ("sqlite", 200, LATEST): 250.0}


def rows(run: Run, kind: str, shape: Shape, streams: int, *, crossing: bool = False) -> None:
    """One load, once over our server and once over the relay. With `crossing` each reply is watched from the other process, too."""
    options = run.options
    tokens = options.rate * options.seconds
    pace = f"{streams} replies × {options.rate} tokens/s"
    heading = f"{shape.name}{', each reply also watched in the other process' if crossing else ''}: {pace}"
    say(f"{heading}, {options.seconds} s …")
    signed_in = people.sign_in(shape.servers[0], streams, f"of-{streams}-{crossing}")
    commands = shapes.redis_commands(shape.redis_url) if shape.redis_url else 0
    ours = load.measure(
        readers(signed_in, [server.port for server in shape.servers], crossing=crossing),
        f"bench:{tokens}:{options.rate}",
        run.watched(shape),
        ramp=options.ramp,
        patience=run.patience(tokens, options.rate),
        around=run.profiler(heading, shape),
    )
    commands = shapes.redis_commands(shape.redis_url) - commands if shape.redis_url else 0
    saved = people.saved(shape.servers[0])
    run.report.notes.append(report.bound_by(heading, ours))
    run.report.troubles += report.troubles(heading, ours.answer, streams, tokens, saved)
    relayed = relay(run, streams, pace, tokens) if options.relay else None

    found = [
        Row(name, BUDGETS.get((kind, streams, name)), mine, other, unit)
        for (name, unit, mine), (_, _, other) in zip(
            figures(ours, streams), figures(relayed, streams) if relayed else [("", "", None)] * 4, strict=True
        )
    ]
    found += [Row(f"{name} CPU per token", None, ours.per_token(ours.spent[name]), unit="µs") for name in shape.beside]
    if shape.redis_url:
        found.append(Row("Redis commands per reply", None, commands / streams))
    if crossing:
        observers: dict[str, Any] = ours.answer["observers"]
        run.report.troubles += report.troubles(f"{heading}, second sockets", observers, streams, None, saved)
        found += [
            Row("second sockets: delay, p50", None, observers["p50"], unit="ms"),
            Row("second sockets: delay, p99", None, observers["p99"], unit="ms"),
            Row("second sockets: frames per reply and second", None, observers["frames"] / streams / ours.seconds),
            Row("second sockets: snapshots requested because a frame was missing", None, observers["resyncs"]),
        ]
    run.report.add(heading, found)


def relay(run: Run, streams: int, pace: str, tokens: int) -> Measured:
    """The same through the plain relay, once a run."""
    if streams not in run.relayed:
        say("the same through the plain relay …")
        with processes.relay(run.base_url) as (port, process):
            run.relayed[streams] = measured = load.measure(
                [{"cookie": "", "port": port}] * streams,
                f"bench:{tokens}:{run.options.rate}",
                {"server": clocks.of(process), "provider": clocks.of(psutil.Process(run.provider.pid))},
                ramp=run.options.ramp,
                patience=run.patience(tokens, run.options.rate),
                at="relay",
            )
        run.report.notes.append(report.bound_by(f"plain relay: {pace}", measured))
        run.report.notes += report.troubles(f"plain relay: {pace}", measured.answer, streams, tokens)
    return run.relayed[streams]


def figures(measured: Measured, streams: int) -> list[tuple[str, str, float | None]]:
    answer = measured.answer
    return [
        (CPU, "µs", measured.per_token(measured.servers)),
        ("delay, p50", "ms", answer["p50"]),
        (LATEST, "ms", answer["p99"]),
        ("frames per reply and second", "", answer["frames"] / streams / measured.seconds),
    ]
