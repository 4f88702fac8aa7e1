"""A process that has loaded what our programs load, and forks for each start of one: that saves nearly two seconds of work each time.

Settings come from the environment of each start (`loaded_django`). Its clients are in `forks`; it ends with the last of them.
"""

from __future__ import annotations

import gc
import json
import os
import runpy
import select
import signal
import socket
import struct
import sys
from pathlib import Path
from typing import NamedTuple

from . import data_stack
from .forks import no_other


def serve(listening: socket.socket) -> list[str]:
    """Fork for each job that comes down a line. Returns in each child, with its command; the server itself ends with the last line."""
    from . import loaded_django

    loaded_django.load()
    gc.collect()
    gc.freeze()
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # pressed at a terminal; the worker ends us
    signal.signal(signal.SIGCHLD, lambda *_: None)
    awake, wake = socket.socketpair()
    for end in (awake, wake):
        end.setblocking(False)
    signal.set_wakeup_fd(wake.fileno())
    lines: list[socket.socket] = []
    children: dict[int, Child] = {}
    while True:
        ready, _, _ = select.select([listening, awake, *lines], [], [])
        if awake in ready:
            awake.recv(1000)
            _tell_ends(children)
        if listening in ready:
            lines.append(listening.accept()[0])
        for line in [line for line in lines if line in ready]:
            header, files, _, _ = socket.recv_fds(line, 4, 3)
            if not header:
                lines.remove(line)
                _hang_up(line, children)
                if not lines:
                    _end_if_unused(listening)
                continue
            job = json.loads(_exactly(line, struct.unpack("I", header)[0]))
            told = socket.socket(fileno=files[2])
            if pid := os.fork():
                children[pid] = Child(told, line)
                told.sendall(struct.pack("i", pid))
                os.close(files[0])
                os.close(files[1])
                continue
            signal.set_wakeup_fd(-1)
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            signal.signal(signal.SIGINT, signal.default_int_handler)
            signal.signal(signal.SIGHUP, signal.SIG_DFL)  # ignored where the run was begun with nohup
            for each in (listening, awake, wake, told, *lines, *(child.told for child in children.values())):
                each.close()
            _become(job["environment"], files[0], files[1])
            loaded_django.forget()
            return job["command"]


class Child(NamedTuple):
    told: socket.socket
    """Where its end is told."""
    line: socket.socket
    """By which it was asked for."""


def _tell_ends(children: dict[int, Child]) -> None:
    while children:
        pid, status = os.waitpid(-1, os.WNOHANG)
        if not pid:
            return
        with children.pop(pid).told as told:
            try:
                told.sendall(struct.pack("i", os.waitstatus_to_exitcode(status)))
            except BrokenPipeError:
                continue  # the process that asked for it has ended


def _hang_up(line: socket.socket, children: dict[int, Child]) -> None:
    line.close()
    for pid, child in children.items():
        if child.line is line:
            os.kill(pid, signal.SIGKILL)


def _end_if_unused(listening: socket.socket) -> None:
    path = listening.getsockname()
    if not Path(path).parent.exists():
        sys.exit()
    with no_other(path):
        if not select.select([listening], [], [], 0)[0]:
            Path(path).unlink()
            sys.exit()


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
    data_stack.with_room(lambda: _run(serve(socket.socket(fileno=int(sys.argv[1])))))
