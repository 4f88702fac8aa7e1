"""`manage.py serve` as a process of its own, for tests that need the real thing: a browser, a crash, a restart."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time
import uuid
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import psycopg

from . import template
from .console import Console
from .forks import FORKS, Forked

ROOT = Path(__file__).resolve().parents[2]
START_TIMEOUT = 60


class Served:
    """A running server with its own data folder and database. Started by `Serving`, which also ends it."""

    def __init__(self, environment: dict[str, str], *, port: int, program: Sequence[str], forked: bool) -> None:
        self.environment = environment
        self.data_dir = Path(environment["DATA_DIR"])
        self.lines: list[str] = []
        self._said = threading.Condition()
        self._console: Console | None = None
        command = [*program, "serve", "--port", str(port)]
        self.process: Forked | subprocess.Popen[str] = FORKS.start(command, environment) if forked else _started(command, environment)
        threading.Thread(target=self._read, daemon=True).start()
        try:
            # Such as http://127.0.0.1:40123, without a slash at the end.
            self.address = self.wait_for(r"is at (http://\S+)/$").group(1)
        except AssertionError:
            self.kill()
            raise

    @property
    def socket_address(self) -> str:
        return self.address.replace("http", "ws", 1) + "/ws/"

    @property
    def port(self) -> int:
        return urlsplit(self.address).port or 0

    @property
    def output(self) -> str:
        """All that it has said on both streams."""
        return "".join(self.lines)

    @property
    def end_of_output(self) -> str:
        """What is worth showing where a test fails."""
        return "".join(self.lines[-30:])

    def wait_for(self, pattern: str, timeout: float = START_TIMEOUT) -> re.Match[str]:
        """Until a line of its output matches."""
        deadline = time.monotonic() + timeout
        with self._said:
            while not (match := re.search(pattern, self.output, re.MULTILINE)):
                if self.process.poll() is not None:
                    raise AssertionError(f"The server ended with code {self.process.returncode}:\n{self.output}")
                if time.monotonic() > deadline:
                    raise AssertionError(f"The server did not say “{pattern}” within {timeout} s:\n{self.output}")
                self._said.wait(0.2)
        return match

    def held(self) -> dict[str, int]:
        """What the process holds, as programs say it that count at SIGUSR1."""
        number = self.output.count("holds ") + 1
        self.process.send_signal(signal.SIGUSR1)
        counts: dict[str, int] = json.loads(self.wait_for(rf"^holds {number} (.*)$")[1])
        return counts

    def manage(self, *arguments: str) -> str:
        """Run another manage.py command on the same data; answer what it printed."""
        code, printed, complaints = FORKS.run(["manage.py", *arguments], self.environment)
        assert code == 0, f"manage.py {arguments[0]} ended with code {code}:\n{complaints}"
        return printed

    def run(self, code: str) -> str:
        """Run this Python on the site's data, with our models to import; answer what it printed. Only the first time takes a second."""
        if self._console is None:
            self._console = Console(self.environment, self.data_dir)
        return self._console.run(code)

    def rows(self, query: str, *values: Any) -> list[tuple[Any, ...]]:
        """What the site's database answers to this query, with %s for each value."""
        if url := self.environment["DATABASE_URL"]:
            with psycopg.connect(url) as connection:
                cursor = connection.execute(query, values)
                return cursor.fetchall() if cursor.description else []
        with closing(sqlite3.connect(self.data_dir / "db.sqlite3", timeout=20)) as file, file:
            return file.execute(query.replace("%s", "?"), values).fetchall()

    def stop(self, timeout: float = 30) -> int:
        """As an operator would; answer its exit code."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        return self.process.wait(timeout)

    def kill(self) -> None:
        """As a power cut would."""
        self.process.kill()
        self.process.wait()

    def end_console(self) -> None:
        if self._console is not None:
            self._console.close()
            self._console = None

    def _read(self) -> None:
        assert self.process.stdout is not None
        with self.process.stdout as output:
            for line in output:
                with self._said:
                    self.lines.append(line)
                    self._said.notify_all()


def _started(command: Sequence[str], environment: dict[str, str]) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, *command],
        cwd=ROOT,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
    )


class Serving:
    """Starts servers and ends those that are left. Each begins with the template's people, in a database of its own.

    A `program` is what python is given; `forked` says whether it starts from a process that has imported everything. Not
    `from_template`, it begins with nothing, as on a new machine.
    """

    def __init__(self, program: Sequence[str] = ("manage.py",), *, forked: bool = True, from_template: bool = True) -> None:
        self.program, self.forked, self.from_template = program, forked, from_template
        self.folder = Path(tempfile.mkdtemp(prefix="chatbot-serving-"))
        self.servers: list[Served] = []

    def __call__(self, openai_base_url: str = "", *, data_dir: Path | None = None, port: int = 0, **environment: str) -> Served:
        """A new server. `data_dir` may be an earlier one's, to start again on its data; keywords are environment variables."""
        folder = data_dir or Path(tempfile.mkdtemp(dir=self.folder))
        given = {
            **template.ENVIRONMENT,
            "DATA_DIR": str(folder),
            "OPENAI_BASE_URL": openai_base_url,
            "OPENAI_API_KEY": "sk-only-for-tests",
            "OPENAI_MODEL": "scripted",
            "REDIS_URL": os.environ.get("REDIS_URL", ""),
            "PYTHONUNBUFFERED": "1",
        }
        if "DATABASE_URL" not in environment:
            given["DATABASE_URL"] = self._database_of(folder)
        if data_dir is None and self.from_template:
            files = template.of_files()
            (folder / "static").symlink_to(files / "static")  # nothing there changes while the sources are the same
            if not {**given, **environment}["DATABASE_URL"]:
                shutil.copy(files / "db.sqlite3", folder)
        server = Served({**os.environ, **given, **environment}, port=port, program=self.program, forked=self.forked)
        self.servers.append(server)
        return server

    def end(self) -> None:
        for server in self.servers:
            if server.process.poll() is None:
                server.kill()
            server.end_console()
        shutil.rmtree(self.folder, ignore_errors=True)

    def _database_of(self, folder: Path) -> str:
        """SQLite in its folder, or, where the run has PostgreSQL, a new database there; the same one for the same folder."""
        base = os.environ.get("DATABASE_URL", "")
        if not base.startswith("postgres"):
            return ""
        note = folder / "database_url"
        if not note.exists():
            note.write_text(self.new_database(base))
        return note.read_text()

    @staticmethod
    def new_database(base: str) -> str:
        """A copy of the template on that PostgreSQL server."""
        name = f"served_{uuid.uuid4().hex[:12]}"
        with psycopg.connect(base, autocommit=True) as connection:
            connection.execute(f"CREATE DATABASE {name} TEMPLATE {template.of_postgresql(base)}")
        return f"{base.rsplit('/', 1)[0]}/{name}"
