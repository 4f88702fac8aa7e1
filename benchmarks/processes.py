"""The processes of a measurement beside the measured server: the provider, what it is compared with, and the browsers."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psutil

from tests.support.serving import ROOT

QUIET: dict[str, Any] = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}


@contextmanager
def upstream(module: str = "benchmarks.providers.upstream") -> Iterator[tuple[str, psutil.Process]]:
    """A provider; yields its address."""
    with run(module, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        yield f"http://127.0.0.1:{int(process.stdout.readline())}/v1", psutil.Process(process.pid)


@contextmanager
def relay(base_url: str) -> Iterator[tuple[int, psutil.Process]]:
    """The plain relay; yields its port."""
    port = _free_port()
    arguments = ["--port", str(port), "--access-log", os.devnull, "benchmarks.servers.relay:application"]
    with run("daphne", *arguments, environment={"OPENAI_BASE_URL": base_url}, **QUIET) as process:
        _wait_for(port, process, "The relay")
        yield port, psutil.Process(process.pid)


@contextmanager
def chainlit(base_url: str, python: str) -> Iterator[tuple[int, psutil.Process]]:
    """Chainlit, from the environment of this `python`; yields its port. What it writes beside its application is deleted with it."""
    port, application = _free_port(), ROOT / "benchmarks/servers/chainlit_app.py"
    with tempfile.TemporaryDirectory() as folder:
        environment = {"OPENAI_BASE_URL": base_url, "CHAINLIT_APP_ROOT": folder, "PYTHONPATH": ""}
        arguments = ["run", str(application), "--headless", "--port", str(port)]
        with run("chainlit", *arguments, python=python, environment=environment, **QUIET) as process:
            _wait_for(port, process, "Chainlit")
            yield port, psutil.Process(process.pid)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _wait_for(port: int, process: subprocess.Popen[str], name: str) -> None:
    deadline = time.monotonic() + 60
    while _refuses(port):
        if time.monotonic() > deadline or process.poll() is not None:
            raise RuntimeError(f"{name} did not start.")
        time.sleep(0.05)


def _refuses(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) != 0


@contextmanager
def run(
    module: str, *arguments: str, python: str = sys.executable, environment: dict[str, str] | None = None, **streams: Any
) -> Iterator[subprocess.Popen[str]]:
    """A module in a process of its own, which is ended with the block."""
    process = subprocess.Popen(
        [python, "-m", module, *arguments], cwd=ROOT, env={**os.environ, **(environment or {})}, text=True, **streams
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
