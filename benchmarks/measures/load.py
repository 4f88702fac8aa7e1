"""One load on one server: browsers that all send a question, and what it costs until the last answer has finished."""

from __future__ import annotations

import json
import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import psutil

from benchmarks import processes

from . import clocks


@dataclass
class Measured:
    answer: dict[str, Any]
    seconds: float
    spent: dict[str, float]  # seconds of processor time of each process
    machine: float  # how much of all cores was busy, other programs included

    @property
    def busy(self) -> dict[str, float]:
        """Of each process, as a share of one core."""
        return {name: spent / self.seconds for name, spent in self.spent.items()}

    @property
    def servers(self) -> float:
        """Seconds of processor time of all processes of the server."""
        return sum(spent for name, spent in self.spent.items() if name.startswith("server"))

    def per_token(self, seconds: float) -> float:
        return seconds / max(1, self.answer["tokens"]) * 1e6


def measure(
    readers: list[dict[str, Any]],
    question: str,
    watched: dict[str, clocks.Clock],
    *,
    ramp: float,
    patience: float,
    at: str = "ours",
    titled: bool = False,
    progress_of: int | None = None,
    around: Callable[[], object] = lambda: None,
) -> Measured:
    """Have all browsers send their questions within `ramp` seconds, and wait until every answer has finished.

    `at`: what they are connected to, one of benchmarks.clients.client.KINDS.
    With `titled` every conversation's title is waited for, too, and what it costs is counted.

    A reader is {port, cookie} and, where a second socket is to watch at another process, {other_port}. `around` is called
    when the load begins and when it has ended. `progress_of`: the process whose processor time the browsers record as they read.
    """
    task = {"readers": readers, "at": at, "ramp": ramp, "question": question, "timeout": patience}
    task |= {"titled": titled, "progress_of": progress_of}
    with processes.run("benchmarks.clients.client", stdin=subprocess.PIPE, stdout=subprocess.PIPE) as client:
        assert client.stdin is not None
        assert client.stdout is not None
        watched = {**watched, "browsers": clocks.of(psutil.Process(client.pid))}
        _send(client, json.dumps(task))
        if client.stdout.readline() != "ready\n":
            raise RuntimeError("The browsers could not connect.")
        time.sleep(0.5)
        psutil.cpu_percent()  # the next call returns the use since this one
        around()
        before, begun = {name: clock() for name, clock in watched.items()}, time.monotonic()
        _send(client, "go")
        answer = json.loads(client.stdout.readline())
        spent, seconds = {name: clock() - before[name] for name, clock in watched.items()}, time.monotonic() - begun
        around()
        machine = psutil.cpu_percent() / 100
        _send(client, "end")
        client.wait(30)
    return Measured(answer, seconds, spent, machine)


def _send(client: subprocess.Popen[str], line: str) -> None:
    assert client.stdin is not None
    client.stdin.write(line + "\n")
    client.stdin.flush()
