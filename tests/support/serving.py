"""`manage.py serve` as a process of its own, for tests that need the real thing: a browser, a crash, a restart."""

from __future__ import annotations

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

import psycopg

ROOT = Path(__file__).resolve().parents[2]
START_TIMEOUT = 60


class Served:
    """A running server with its own data folder and database. Started by `Serving`, which also ends it."""

    def __init__(self, environment: dict[str, str], *, port: int = 0, program: Sequence[str] = ("manage.py",)) -> None:
        self.environment = environment
        self.data_dir = Path(environment["DATA_DIR"])
        self.lines: list[str] = []
        self._said = threading.Condition()
        self.process = subprocess.Popen(
            [sys.executable, *program, "serve", "--port", str(port)],
            cwd=ROOT,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
        )
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
        return int(self.address.rsplit(":", 1)[1])

    @property
    def output(self) -> str:
        """All that it has said on both streams."""
        return "".join(self.lines)

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

    def manage(self, *arguments: str) -> str:
        """Run another manage.py command on the same data; answer what it printed."""
        command = [sys.executable, "manage.py", *arguments]
        done = subprocess.run(command, cwd=ROOT, env=self.environment, capture_output=True, text=True, check=False)
        assert done.returncode == 0, f"manage.py {arguments[0]} ended with code {done.returncode}:\n{done.stderr}"
        return done.stdout

    def stop(self, timeout: float = 30) -> int:
        """As an operator would; answer its exit code."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        return self.process.wait(timeout)

    def kill(self) -> None:
        """As a power cut would."""
        self.process.kill()
        self.process.wait()

    def _read(self) -> None:
        assert self.process.stdout is not None
        with self.process.stdout as output:
            for line in output:
                with self._said:
                    self.lines.append(line)
                    self._said.notify_all()


class Serving:
    """Starts servers and ends those that are left. The first one's migrated database and compressed files are shared with the rest."""

    def __init__(self, program: Sequence[str] = ("manage.py",)) -> None:
        self.program = program
        self.folder = Path(tempfile.mkdtemp(prefix="chatbot-serving-"))
        self.servers: list[Served] = []
        self._templates: dict[str, str] = {}  # by PostgreSQL server

    def __call__(self, openai_base_url: str = "", *, data_dir: Path | None = None, port: int = 0, **environment: str) -> Served:
        """A new server. `data_dir` may be an earlier one's, to start again on its data; keywords are environment variables."""
        fresh = data_dir is None
        folder = data_dir or Path(tempfile.mkdtemp(dir=self.folder))
        if fresh:
            self._share_static_files(folder)
        given = {
            "DATA_DIR": str(folder),
            "DJANGO_SETTINGS_MODULE": "chatbot.settings",
            "OPENAI_BASE_URL": openai_base_url,
            "OPENAI_API_KEY": "sk-only-for-tests",
            "OPENAI_MODEL": "scripted",
            "REDIS_URL": os.environ.get("REDIS_URL", ""),
            "SECRET_KEY": "only-for-tests",
            "PYTHONUNBUFFERED": "1",
        }
        if "DATABASE_URL" not in environment:
            given["DATABASE_URL"] = self._database_of(folder)
        on_sqlite = not {**given, **environment}["DATABASE_URL"]
        migrated = self.folder / "migrated.sqlite3"
        if fresh and on_sqlite and migrated.exists():
            shutil.copy(migrated, folder / "db.sqlite3")
        server = Served({**os.environ, **given, **environment}, port=port, program=self.program)
        self.servers.append(server)
        if fresh and on_sqlite and not migrated.exists():
            with closing(sqlite3.connect(folder / "db.sqlite3")) as source, closing(sqlite3.connect(migrated)) as copy:
                source.backup(copy)
        return server

    def end(self) -> None:
        for server in self.servers:
            if server.process.poll() is None:
                server.kill()
        shutil.rmtree(self.folder, ignore_errors=True)

    def _share_static_files(self, folder: Path) -> None:
        for source in [*(server.data_dir / "static" for server in self.servers), ROOT / "var" / "static"]:
            if (source / ".gathered").exists():
                shutil.copytree(source, folder / "static")
                return

    def _database_of(self, folder: Path) -> str:
        """SQLite in its folder, or, where the run has PostgreSQL, a new database there; the same one for the same folder."""
        base = os.environ.get("DATABASE_URL", "")
        if not base.startswith("postgres"):
            return ""
        note = folder / "database_url"
        if not note.exists():
            note.write_text(self.new_database(base))
        return note.read_text()

    def new_database(self, base: str) -> str:
        """A migrated database of its own on that PostgreSQL server: a copy of the first one made there."""
        server, name = base.rsplit("/", 1)[0], f"served_{uuid.uuid4().hex[:12]}"
        with psycopg.connect(base, autocommit=True) as connection:
            if server not in self._templates:
                template = self._templates[server] = f"template_{uuid.uuid4().hex[:12]}"
                connection.execute(f"CREATE DATABASE {template}")
                given = {
                    "DATABASE_URL": f"{server}/{template}",
                    "DJANGO_SETTINGS_MODULE": "chatbot.settings",
                    "SECRET_KEY": "only-for-tests",
                }
                migrate = [sys.executable, "manage.py", "migrate", "--verbosity", "0"]
                subprocess.run(migrate, cwd=ROOT, env={**os.environ, **given}, check=True)
            connection.execute(f"CREATE DATABASE {name} TEMPLATE {self._templates[server]}")
        return f"{server}/{name}"
