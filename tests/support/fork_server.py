"""A process that has loaded what our programs load, and forks for each start of one: that saves nearly two seconds of work each time.

Settings come from the environment of each start (`loaded_django`). `Forks` is the client's side, `Forked` stands for the process that
was started, as `subprocess.Popen` does.
"""

from __future__ import annotations

import atexit
import gc
import json
import os
import runpy
import select
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import IO

ROOT = Path(__file__).resolve().parents[2]


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
    """The fork server of this process, which starts when it is first used and ends its processes when it ends."""

    def __init__(self) -> None:
        self._server: subprocess.Popen[bytes] | None = None
        self._asking = threading.Lock()

    def start(self, command: Sequence[str], environment: dict[str, str]) -> Forked:
        """Run what `python *command` would; what it prints and complains of is in `stdout`."""
        reader, writer = os.pipe()
        try:
            return self._fork(command, environment, (writer, writer), os.fdopen(reader, encoding="utf-8", errors="replace"))
        finally:
            os.close(writer)

    def run(self, command: Sequence[str], environment: dict[str, str], seconds: float = 60) -> tuple[int, str, str]:
        """Run it to its end; answers its exit code, what it printed, and what it complained of."""
        with tempfile.TemporaryFile("w+", errors="replace") as printed, tempfile.TemporaryFile("w+", errors="replace") as complaints:
            code = self._fork(command, environment, (printed.fileno(), complaints.fileno())).wait(seconds)
            for file in (printed, complaints):
                file.seek(0)
            return code, printed.read(), complaints.read()

    def end(self) -> None:
        if self._server is not None:
            self._line.close()
            self._server.wait(10)
            self._server = None

    def _fork(self, command: Sequence[str], environment: dict[str, str], outputs: tuple[int, int], output: IO[str] | None = None) -> Forked:
        ours, theirs = socket.socketpair()
        job = json.dumps({"command": list(command), "environment": environment}).encode()
        with theirs, self._asking:
            if self._server is None:
                self._launch()
            socket.send_fds(self._line, [struct.pack("I", len(job))], [*outputs, theirs.fileno()])
            self._line.sendall(job)
        return Forked(ours, output)

    def _launch(self) -> None:
        self._line, theirs = socket.socketpair()
        with theirs:
            command = [sys.executable, "-m", "tests.support.fork_server", str(theirs.fileno())]
            self._server = subprocess.Popen(command, cwd=ROOT, pass_fds=[theirs.fileno()])


FORKS = Forks()
atexit.register(FORKS.end)


def serve(line: socket.socket) -> list[str]:
    """Fork for each job that comes down the line. Returns in each child, with its command; the server itself ends with the line."""
    from . import loaded_django

    loaded_django.load()
    gc.collect()
    gc.freeze()
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # pressed at a terminal; whoever uses us ends us
    signal.signal(signal.SIGCHLD, lambda *_: None)
    awake, wake = socket.socketpair()
    for end in (awake, wake):
        end.setblocking(False)
    signal.set_wakeup_fd(wake.fileno())
    children: dict[int, socket.socket] = {}
    while True:
        ready, _, _ = select.select([line, awake], [], [])
        if awake in ready:
            awake.recv(1000)
            _tell_ends(children)
        if line not in ready:
            continue
        header, files, _, _ = socket.recv_fds(line, 4, 3)
        if not header:
            for pid in children:
                os.kill(pid, signal.SIGKILL)
            sys.exit()
        job = json.loads(_exactly(line, struct.unpack("I", header)[0]))
        told = socket.socket(fileno=files[2])
        if pid := os.fork():
            children[pid] = told
            told.sendall(struct.pack("i", pid))
            os.close(files[0])
            os.close(files[1])
            continue
        signal.set_wakeup_fd(-1)
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        signal.signal(signal.SIGINT, signal.default_int_handler)
        for each in (line, awake, wake, told, *children.values()):
            each.close()
        _become(job["environment"], files[0], files[1])
        loaded_django.forget()
        return job["command"]


def _tell_ends(children: dict[int, socket.socket]) -> None:
    while children:
        pid, status = os.waitpid(-1, os.WNOHANG)
        if not pid:
            return
        with children.pop(pid) as told:
            try:
                told.sendall(struct.pack("i", os.waitstatus_to_exitcode(status)))
            except BrokenPipeError:
                continue  # nobody waits for it


def _become(environment: dict[str, str], output: int, errors: int) -> None:
    os.environ.clear()
    os.environ.update(environment)
    for source, target in ((output, 1), (errors, 2)):
        os.dup2(source, target)
        os.close(source)
    sys.stdin = open(os.devnull)  # noqa: PTH123, SIM115
    sys.stdout.reconfigure(line_buffering=True)  # type: ignore[union-attr]


def _exactly(line: socket.socket, size: int) -> bytes:
    received = b""
    while len(received) < size:
        received += line.recv(size - len(received))
    return received


def _run(command: list[str]) -> None:
    """As the interpreter does with these arguments."""
    if command[0] == "-m":
        sys.argv = command[1:]
        runpy.run_module(command[1], run_name="__main__", alter_sys=True)
    else:
        sys.argv = command
        runpy.run_path(command[0], run_name="__main__")


if __name__ == "__main__":
    _run(serve(socket.socket(fileno=int(sys.argv[1]))))
