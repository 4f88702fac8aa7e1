"""Many open sockets on which nothing happens: what each takes of the server's memory, and all of them of its time."""

from __future__ import annotations

import json
import subprocess
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

from benchmarks import processes
from benchmarks.clients import people
from benchmarks.report import Row
from benchmarks.run import Run, say
from benchmarks.servers.shapes import Shape

from . import clocks

Seat = tuple[int, str, str | None]
SETTLING_SECONDS = 3.0
"""Until what opening the sockets has caused is over."""


def rows(run: Run, shape: Shape) -> None:
    """On the server and on the plain relay at the same time: neither has much to do."""
    count, server = run.options.sockets, shape.servers[0]
    heading = f"{shape.name}: {count:,} open sockets that each watch one conversation"
    say(f"{heading}, {run.options.idle_seconds} s …")
    signed_in = people.sign_in(server, count, "idle", conversations=True)
    with ExitStack() as stack:
        measured = [shape.processes[0]]
        seats: list[list[Seat]] = [[(server.port, user.cookie, user.conversation) for user in signed_in]]
        if run.options.relay:
            port, relay = stack.enter_context(processes.relay(run.base_url))
            measured.append(relay)
            seats.append([(port, "", None)] * count)
        empty = [clocks.pss(process) for process in measured]
        open_sockets = [stack.enter_context(sitting(taken)) for taken in seats]
        time.sleep(SETTLING_SECONDS)
        full = [clocks.pss(process) for process in measured]
        watched = [clocks.of(process) for process in measured]
        before = [clock() for clock in watched]
        time.sleep(run.options.idle_seconds)
        spent = [(clock() - earlier) * 60 / run.options.idle_seconds for clock, earlier in zip(watched, before, strict=True)]
        for client in open_sockets:
            lost = left(client)
            if lost:
                run.report.troubles.append(f"{heading}: {len(lost)} sockets were lost, the first because: {lost[0]}")
    per_socket: list[float | None] = [(after - earlier) * 1024 / count for after, earlier in zip(full, empty, strict=True)]
    times: list[float | None] = [seconds * 1000 for seconds in spent]
    if len(measured) == 1:
        per_socket.append(None)
        times.append(None)
    run.report.add(
        heading,
        [
            Row("memory (PSS) per socket", None, per_socket[0], per_socket[1], unit="KB"),
            Row("server CPU per minute", None, times[0], times[1], unit="ms"),
        ],
    )


@contextmanager
def sitting(seats: list[Seat]) -> Iterator[subprocess.Popen[str]]:
    with processes.run("benchmarks.clients.idle_clients", stdin=subprocess.PIPE, stdout=subprocess.PIPE) as client:
        assert client.stdin is not None
        assert client.stdout is not None
        client.stdin.write(json.dumps(seats) + "\n")
        client.stdin.flush()
        if client.stdout.readline() != "ready\n":
            raise RuntimeError("The sockets could not be opened.")
        yield client


def left(client: subprocess.Popen[str]) -> list[str]:
    """Close the sockets; return why some were lost before."""
    out, _ = client.communicate("leave\n", timeout=30)
    lost: list[str] = json.loads(out)
    return lost
