"""This process's side of the fork server (`fork_server`), which forks for each start of one of our programs.

All processes of a run share one server: it starts when the first needs it and ends with the last. `Forked` stands for a process that was
started, as `subprocess.Popen` does.
"""

from __future__ import annotations

import atexit
import fcntl
import json
import os
import select
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import IO

ROOT = Path(__file__).resolve().parents[2]
FOLDER = "TEST_TEMPLATES"
"""The environment variable that names the folder that all processes of a run share."""


class Forked:
    """A process that the fork server started; on its socket come the process's id and, once it has ended, its exit code."""

    def __init__(self, told: socket.socket, output: IO[str] | None) -> None:
        self.stdout = output
        self.returncode: int | None = None
        self._told = told
        self._asking = threading.Lock()
        self.pid: int = struct.unpack("i", told.recv(4))[0]

    def poll(self) -> int | None:
        return self._look(0)

    def wait(self, timeout: float | None = None) -> int:
        if (code := self._look(timeout)) is None:
            raise subprocess.TimeoutExpired("a forked process", timeout or 0)
        return code

    def send_signal(self, number: int) -> None:
        if self.poll() is None:
            os.kill(self.pid, number)

    def kill(self) -> None:
        self.send_signal(signal.SIGKILL)

    def _look(self, timeout: float | None) -> int | None:
        with self._asking:
            if self.returncode is None and select.select([self._told], [], [], timeout)[0]:
                code = self._told.recv(4)
                self._told.close()
                self.returncode = (
                    struct.unpack("i", code)[0] if code else -signal.SIGKILL
                )  # without the fork server none of its processes lives
            return self.returncode


class Forks:
    """This process's line to the fork server of the run; with the line end the processes that were asked for on it."""

    def __init__(self) -> None:
        self._line: socket.socket | None = None
        self._server: subprocess.Popen[bytes] | None = None
        self._asking = threading.Lock()

    def start(self, command: Sequence[str], environment: dict[str, str]) -> Forked:
        """Run what `python *command` would; what it prints and complains of is in `stdout`."""
        reader, writer = os.pipe()
        try:
            return self._fork(command, environment, (writer, writer), os.fdopen(reader, encoding="utf-8", errors="replace"))
        finally:
            os.close(writer)

    def run(self, command: Sequence[str], environment: dict[str, str], seconds: float = 120) -> tuple[int, str, str]:
        """Run it to its end; answers its exit code, what it printed, and what it complained of."""
        with tempfile.TemporaryFile("w+", errors="replace") as printed, tempfile.TemporaryFile("w+", errors="replace") as complaints:
            process = self._fork(command, environment, (printed.fileno(), complaints.fileno()))
            try:
                code = process.wait(seconds)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()  # else its socket fails another test
                raise
            for file in (printed, complaints):
                file.seek(0)
            return code, printed.read(), complaints.read()

    def end(self) -> None:
        if self._line is not None:
            self._line.close()
            self._line = None

    def _fork(self, command: Sequence[str], environment: dict[str, str], outputs: tuple[int, int], output: IO[str] | None = None) -> Forked:
        ours, theirs = socket.socketpair()
        job = json.dumps({"command": list(command), "environment": environment}).encode()
        with theirs, self._asking:
            if self._line is None:
                self._line, self._server = _connected()
                atexit.register(self.end)
            socket.send_fds(self._line, [struct.pack("I", len(job))], [*outputs, theirs.fileno()])
            self._line.sendall(job)
        return Forked(ours, output)


FORKS = Forks()


def _connected() -> tuple[socket.socket, subprocess.Popen[bytes] | None]:
    """A line to the fork server, and its process if it was started for that."""
    path, server = _path(), None
    with no_other(path):
        line = socket.socket(socket.AF_UNIX)
        try:
            line.connect(path)
        except OSError:
            with socket.socket(socket.AF_UNIX) as listening:
                listening.bind(path)
                listening.listen()
                command = [sys.executable, "-m", "tests.support.fork_server", str(listening.fileno())]
                server = subprocess.Popen(command, cwd=ROOT, pass_fds=[listening.fileno()])
            line.connect(path)
    return line, server


def _path() -> str:
    return str(Path(os.environ[FOLDER]) / "forks")


@contextmanager
def no_other(path: str) -> Iterator[None]:
    """No other process connects or ends amid it."""
    with open(f"{path}.lock", "w") as lock:  # noqa: PTH123
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
