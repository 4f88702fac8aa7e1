"""What a running shape holds at a moment: memory, threads, files, tasks, connections."""

from __future__ import annotations

import json
import os
import signal
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import ClassVar

import psycopg
import redis

from benchmarks.servers.shapes import Shape

from . import clocks


@dataclass
class Sample:
    """Sums over all processes of the server."""

    seconds: float
    users: int
    pss: float
    threads: int
    files: int
    tasks: int
    running: int
    watched: int
    closed: int  # watchers that have closed, but still watch
    postgres: int  # connections
    redis: int  # connections
    channels: int  # subscriptions

    HEADS: ClassVar = (
        "time",
        "users",
        "PSS",
        "threads",
        "files",
        "tasks",
        "replies",
        "watchers",
        "closed",
        "PostgreSQL",
        "Redis",
        "channels",
    )

    @property
    def cells(self) -> list[str]:
        return [f"{value:.0f}" for value in asdict(self).values()]


def take(shape: Shape, users: int, since: float) -> Sample:
    counts = [_counts(server.data_dir / f"counts-{server.process.pid}.jsonl", server.process.pid) for server in shape.servers]
    redis_clients, channels = _redis(shape.redis_url)
    return Sample(
        seconds=time.monotonic() - since,
        users=users,
        pss=sum(clocks.pss(process) for process in shape.processes),
        threads=sum(process.num_threads() for process in shape.processes),
        files=sum(process.num_fds() for process in shape.processes),
        tasks=sum(count["tasks"] for count in counts),
        running=sum(count["running"] for count in counts),
        watched=sum(count["watched"] for count in counts),
        closed=sum(count["closed"] for count in counts),
        postgres=_postgres(shape.database_url),
        redis=redis_clients,
        channels=channels,
    )


def table(samples: list[tuple[str, Sample]]) -> str:
    lines = [["", *Sample.HEADS], *([name, *sample.cells] for name, sample in samples)]
    widths = [max(len(line[column]) for line in lines) for column in range(len(lines[0]))]
    return "\n".join("  ".join(cell.rjust(width) for cell, width in zip(line, widths, strict=True)) for line in lines)


def _counts(path: Path, pid: int) -> dict[str, int]:
    known = path.read_text().count("\n") if path.exists() else 0
    os.kill(pid, signal.SIGUSR1)
    deadline = time.monotonic() + 20
    while not path.exists() or path.read_text().count("\n") == known:
        if time.monotonic() > deadline:
            raise RuntimeError("The server didn't write its counts.")
        time.sleep(0.05)
    counts: dict[str, int] = json.loads(path.read_text().splitlines()[-1])
    return counts


def _postgres(url: str) -> int:
    if not url:
        return 0
    with psycopg.connect(url) as connection:
        row = connection.execute(
            "SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()"
        ).fetchone()
    assert row is not None
    return int(row[0])


def _redis(url: str) -> tuple[int, int]:
    if not url:
        return 0, 0
    with redis.Redis.from_url(url) as client:
        return len(client.client_list()) - 1, len(client.pubsub_channels())
