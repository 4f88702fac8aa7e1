"""A site of several processes on one PostgreSQL and one Redis, each connected over wires of its own that can be cut."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import Any, Self

import psycopg
from redis import Redis

from .serving import Served, Serving
from .tab import Tab
from .template import session_key
from .wire import Wire


class Process:
    """One `serve`, with the wires to its database and its Redis."""

    def __init__(self, served: Served, postgres: Wire, redis: Wire) -> None:
        self.served, self.postgres, self.redis = served, postgres, redis

    @property
    def address(self) -> str:
        return self.served.address


class Site:
    """Used as a context manager. Processes are started when they are first used."""

    def __init__(self, serve: Serving, openai_base_url: str, **environment: str) -> None:
        self._serve, self._base_url = serve, openai_base_url
        self._environment = {"OPENAI_API": "chat_completions", **environment}
        self.database = serve.new_database(os.environ["DATABASE_URL"])
        self.redis_url = os.environ["REDIS_URL"]
        self._folder: Path | None = None
        self._tabs, self._wires = ExitStack(), ExitStack()
        self.processes: list[Process] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: object, *_: object) -> None:
        if kind is not None:
            for process in self.processes:
                sys.stdout.write(f"\n{process.served.end_of_output}")  # shown with the failure
        self._tabs.close()
        for process in self.processes:
            if process.served.process.poll() is None:
                process.served.kill()
        self._wires.close()

    def start(self, again: int | None = None, **environment: str) -> Process:
        """A new process; with `again`, in place of that one, which has ended, and on its port."""
        postgres, redis = (self._wires.enter_context(Wire.to(url)) for url in (self.database, self.redis_url))
        served = self._serve(
            self._base_url,
            data_dir=self._folder,
            port=0 if again is None else self.processes[again].served.port,
            **{
                **self._environment,
                "DATABASE_URL": postgres.url(self.database),
                "REDIS_URL": redis.url(self.redis_url),
                **environment,
            },
        )
        self._folder = served.data_dir
        process = Process(served, postgres, redis)
        if again is None:
            self.processes.append(process)
        else:
            self.processes[again] = process
        return process

    def tab(self, process: Process | str, person: str = "alice") -> Tab:
        """A new tab of this user's, connected to that process, or to that address."""
        return self._tabs.enter_context(Tab(self.session(person), process if isinstance(process, str) else process.address))

    @staticmethod
    def session(person: str) -> str:
        """The key of this person's session."""
        return session_key(person)

    @staticmethod
    def until(test: Callable[[], bool], seconds: float = 20) -> None:
        """Wait for something that is only to be seen by looking."""
        deadline = time.monotonic() + seconds
        while not test():
            assert time.monotonic() < deadline
            time.sleep(0.05)

    def run(self, message: str) -> int:
        """How often its process was lost."""
        return int(self.rows("SELECT run FROM conversations_message WHERE id = %s", message)[0][0])

    def published(self) -> int:
        """How many frames Redis was given so far."""
        with Redis.from_url(self.redis_url) as redis:
            return int(redis.info("commandstats").get("cmdstat_publish", {}).get("calls", 0))

    def rows(self, query: str, *values: Any) -> list[tuple[Any, ...]]:
        with psycopg.connect(self.database) as connection:
            return connection.execute(query, values).fetchall()

    def saved(self, message: str) -> tuple[str, str]:
        """Status and text of a message as the database has them."""
        ((status,),) = self.rows("SELECT status FROM conversations_message WHERE id = %s", message)
        return status, "".join(part["text"] for part in self.parts(message) if part["type"] == "text")

    def parts(self, message: str) -> list[dict[str, Any]]:
        ((parts,),) = self.rows("SELECT parts FROM conversations_message WHERE id = %s", message)
        return parts
