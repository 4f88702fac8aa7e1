"""What is measured: the server in each of the shapes that it can be run in."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import psutil
import psycopg
import redis

from benchmarks.measures import clocks
from tests.support import throwaway_servers
from tests.support.serving import Served, Serving

PLAIN = ("manage.py",)


@dataclass
class Shape:
    """Running servers on one database, and the processes beside them."""

    name: str
    serving: Serving
    base_url: str
    environment: dict[str, str]
    servers: list[Served] = field(default_factory=list)
    beside: dict[str, clocks.Clock] = field(default_factory=dict)

    def start(self) -> Served:
        """One more server, on the same data as the others."""
        return self.start_on(self.servers[0].data_dir if self.servers else None)

    def start_on(self, data_dir: Path | None) -> Served:
        server = self.serving(self.base_url, data_dir=data_dir, port=0, **self.environment)
        self.servers.append(server)
        return server

    @property
    def processes(self) -> list[psutil.Process]:
        return [psutil.Process(server.process.pid) for server in self.servers]

    @property
    def clocks(self) -> dict[str, clocks.Clock]:
        names = ["server"] if len(self.servers) == 1 else [f"server {number}" for number in range(1, len(self.servers) + 1)]
        return dict(zip(names, map(clocks.of, self.processes), strict=True)) | self.beside

    @property
    def database_url(self) -> str:
        return self.environment["DATABASE_URL"]

    @property
    def redis_url(self) -> str:
        return self.environment["REDIS_URL"]


@contextmanager
def sqlite(base_url: str, program: tuple[str, ...] = PLAIN) -> Iterator[Shape]:
    """As `make run` starts it: one process, a file."""
    with _serving(program) as serving:
        yield Shape("SQLite", serving, base_url, _environment("", ""))


@contextmanager
def postgres(base_url: str, program: tuple[str, ...] = PLAIN) -> Iterator[Shape]:
    """One process on servers of their own."""
    with throwaway_servers.postgresql() as database_url, throwaway_servers.redis() as redis_url, _serving(program) as serving:
        beside = {"postgres": clocks.of_family(_postmaster(database_url)), "redis-server": clocks.of(_redis_server(redis_url))}
        yield Shape("PostgreSQL and Redis", serving, base_url, _environment(database_url, redis_url), beside=beside)


@contextmanager
def two(base_url: str, program: tuple[str, ...] = PLAIN) -> Iterator[Shape]:
    """The same with a second process, which the measurement starts."""
    with postgres(base_url, program) as shape:
        shape.name = "two processes"
        yield shape


SHAPES: dict[str, Callable[..., AbstractContextManager[Shape]]] = {"sqlite": sqlite, "postgres": postgres, "two": two}
PROCESSES = {"sqlite": 1, "postgres": 1, "two": 2}


def redis_commands(url: str) -> int:
    """How many commands a Redis server has carried out, without those that only read its state."""
    with redis.Redis.from_url(url) as client:
        stats: dict[str, dict[str, int]] = client.info("commandstats")
    return sum(counted["calls"] for name, counted in stats.items() if not name.startswith(("cmdstat_info", "cmdstat_client")))


@contextmanager
def _serving(program: tuple[str, ...]) -> Iterator[Serving]:
    serving = Serving(program, forked=False, from_template=False)
    try:
        yield serving
    finally:
        serving.end()


def _environment(database_url: str, redis_url: str) -> dict[str, str]:
    return {
        "DATABASE_URL": database_url,
        "REDIS_URL": redis_url,
        "OPENAI_API": "chat_completions",
        "OPENAI_MODEL": "bench",
    }


def _postmaster(url: str) -> psutil.Process:
    with psycopg.connect(url) as connection:
        parent = psutil.Process(connection.info.backend_pid).parent()
    assert parent is not None
    return parent


def _redis_server(url: str) -> psutil.Process:
    with redis.Redis.from_url(url) as client:
        return psutil.Process(client.info("server")["process_id"])
