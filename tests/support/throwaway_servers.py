"""Throwaway PostgreSQL and Redis servers: on free ports, in temporary folders, ended with the run."""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

POSTGRES_FOLDERS = "/usr/lib/postgresql/*/bin"  # where Debian keeps the server's programs, outside of PATH
START_SECONDS = 90
"""A busy machine takes half a minute to import what transcribes."""


def postgres_folder() -> Path | None:
    """The folder of the newest PostgreSQL server's programs on this machine."""
    if found := shutil.which("initdb"):
        return Path(found).resolve().parent
    folders = sorted(Path("/").glob(POSTGRES_FOLDERS.lstrip("/")), key=lambda folder: int(folder.parent.name.split(".")[0]))
    return folders[-1] if folders else None


@contextmanager
def postgresql() -> Iterator[str]:
    """A PostgreSQL server; yields its DATABASE_URL."""
    programs = postgres_folder()
    assert programs is not None
    with _folder("postgresql") as folder:
        account = _unprivileged(folder)
        data, port = folder / "data", free_port()
        initdb: list[str | Path] = [programs / "initdb", "-D", data, "-U", "chatbot", "--auth=trust", "--encoding=UTF8", "--no-sync"]
        subprocess.run(initdb, check=True, stdout=subprocess.DEVNULL, cwd=folder, **account)
        options = {
            "port": port,
            "listen_addresses": "127.0.0.1",
            "unix_socket_directories": folder,
            "fsync": "off",
            "synchronous_commit": "off",
            "full_page_writes": "off",
        }
        command = [programs / "postgres", "-D", data, *(f"--{name}={value}" for name, value in options.items())]
        ready: list[str | Path] = [programs / "pg_isready", "-q", "-h", "127.0.0.1", "-p", str(port), "-d", "postgres"]
        with running(command, folder, lambda: subprocess.run(ready, check=False).returncode == 0, account):
            yield f"postgres://chatbot@127.0.0.1:{port}/postgres"


@contextmanager
def redis() -> Iterator[str]:
    """A Redis server; yields its REDIS_URL."""
    with _folder("redis") as folder:
        port = free_port()
        command = ["redis-server", "--port", port, "--bind", "127.0.0.1", "--save", "", "--appendonly", "no", "--dir", folder]
        with running(command, folder, lambda: accepts(port)):
            yield f"redis://127.0.0.1:{port}/0"


@contextmanager
def running(command: list[Any], folder: Path, ready: Callable[[], bool], how: dict[str, Any] | None = None) -> Iterator[None]:
    """Until the block is left, once it is ready. Its output is in the folder's file `log`."""
    log = folder / "log"
    with log.open("wb") as output:
        process = subprocess.Popen([str(part) for part in command], stdout=output, stderr=output, cwd=folder, **(how or {}))
    try:
        deadline = time.monotonic() + START_SECONDS
        while not ready():
            if process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError(f"{Path(command[0]).name} did not start:\n{log.read_text(errors='replace')[-2000:]}")
            time.sleep(0.05)
        yield
    finally:
        process.send_signal(signal.SIGINT)  # to PostgreSQL: don't wait for clients
        try:
            process.wait(15)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


@contextmanager
def _folder(name: str) -> Iterator[Path]:
    path = Path(tempfile.mkdtemp(prefix=f"chatbot-{name}-"))
    try:
        yield path
    finally:
        shutil.rmtree(path, ignore_errors=True)


def _unprivileged(folder: Path) -> dict[str, Any]:
    """How to start PostgreSQL, which refuses to run as root: as another account that then owns the folder."""
    if os.geteuid() != 0:
        return {}
    names = {entry.pw_name: entry for entry in pwd.getpwall()}
    account = names.get("postgres") or names["nobody"]
    os.chown(folder, account.pw_uid, account.pw_gid)
    return {"user": account.pw_uid, "group": account.pw_gid, "extra_groups": []}


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def accepts(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0
