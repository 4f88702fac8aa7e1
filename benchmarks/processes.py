"""The processes of a measurement: the provider, the server that is measured, and the browsers."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import psutil

from tests.serving import ROOT, Served

# Run by `manage.py shell` on the measured server's database.
SIGN_IN = """
import json
from django.conf import settings
from django.test import Client
from conversations.models import User
cookies = []
for number in range({count}):
    user = User.objects.create(username=f"{prefix}-{{number}}")
    client = Client()
    client.force_login(user)
    cookies.append(f"{{settings.SESSION_COOKIE_NAME}}={{client.cookies[settings.SESSION_COOKIE_NAME].value}}")
print(json.dumps(cookies))
"""
SAVED = """
import hashlib, json
from conversations.models import Message, Role, Status
replies = Message.objects.filter(role=Role.ASSISTANT, status=Status.COMPLETE)
print(json.dumps({str(reply.pk): hashlib.sha256(reply.text.encode()).hexdigest() for reply in replies}))
"""


@dataclass
class Measured:
    """One load on one server."""

    answer: dict[str, Any]
    cpu: float  # seconds of the server's processor time until the last answer was finished
    seconds: float
    busy: dict[str, float]  # of each process, as a share of one core
    machine: float  # how much of all cores was busy, with others' work, too

    @property
    def per_token(self) -> float:
        return self.cpu / max(1, self.answer["tokens"]) * 1e6


@contextmanager
def upstream() -> Iterator[tuple[str, psutil.Process]]:
    """A paced provider; yields its address."""
    with _process("benchmarks.upstream", stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        yield f"http://127.0.0.1:{int(process.stdout.readline())}/v1", psutil.Process(process.pid)


@contextmanager
def relay(base_url: str) -> Iterator[tuple[int, psutil.Process]]:
    """The plain relay; yields its port."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    arguments = ["--port", str(port), "--access-log", os.devnull, "benchmarks.relay:application"]
    with _process("daphne", *arguments, environment={"OPENAI_BASE_URL": base_url}, **quiet) as process:
        deadline = time.monotonic() + 30
        while _refuses(port):
            if time.monotonic() > deadline or process.poll() is not None:
                raise RuntimeError("The relay did not start.")
            time.sleep(0.05)
        yield port, psutil.Process(process.pid)


def sign_in(server: Served, count: int, prefix: str) -> list[str]:
    """Make people and their sessions; answer their cookies."""
    cookies: list[str] = json.loads(
        server.manage("shell", "--no-imports", "-c", SIGN_IN.format(count=count, prefix=prefix)).splitlines()[-1]
    )
    return cookies


def saved(server: Served) -> dict[str, str]:
    """Every complete reply in the database with the hash of its text."""
    texts: dict[str, str] = json.loads(server.manage("shell", "--no-imports", "-c", SAVED).splitlines()[-1])
    return texts


def load(
    port: int, server: psutil.Process, provider: psutil.Process, cookies: list[str], *, tokens: int, rate: int, ramp: float, plain: bool
) -> Measured:
    """Let the browsers ask, all at once over `ramp` seconds, and wait until every answer is finished."""
    task = {"port": port, "cookies": cookies, "relay": plain, "ramp": ramp, "question": f"bench:{tokens}:{rate}"}
    task["timeout"] = 60 + 5 * tokens / rate
    with _process("benchmarks.client", stdin=subprocess.PIPE, stdout=subprocess.PIPE) as client:
        assert client.stdin is not None
        assert client.stdout is not None
        watched = {"server": server, "provider": provider, "browsers": psutil.Process(client.pid)}
        client.stdin.write(json.dumps(task) + "\n")
        client.stdin.flush()
        if client.stdout.readline() != "ready\n":
            raise RuntimeError("The browsers could not connect.")
        time.sleep(0.5)
        psutil.cpu_percent()  # the next call tells what was used since this one
        before, begun = {name: _cpu(process) for name, process in watched.items()}, time.monotonic()
        client.stdin.write("go\n")
        client.stdin.flush()
        answer = json.loads(client.stdout.readline())
        spent, seconds = {name: _cpu(process) - before[name] for name, process in watched.items()}, time.monotonic() - begun
        machine = psutil.cpu_percent() / 100
        client.stdin.write("end\n")
        client.stdin.flush()
        client.wait(30)
    return Measured(answer, spent["server"], seconds, {name: cpu / seconds for name, cpu in spent.items()}, machine)


def _cpu(process: psutil.Process) -> float:
    times = process.cpu_times()
    return float(times.user + times.system)


def _refuses(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) != 0


@contextmanager
def _process(module: str, *arguments: str, environment: dict[str, str] | None = None, **streams: Any) -> Iterator[subprocess.Popen[str]]:
    process = subprocess.Popen(
        [sys.executable, "-m", module, *arguments], cwd=ROOT, env={**os.environ, **(environment or {})}, text=True, **streams
    )
    try:
        yield process
    finally:
        process.terminate()
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        for stream in (process.stdin, process.stdout):
            if stream is not None:
                stream.close()
