"""The processes of a measurement beside the measured server: the provider, the plain relay, and the browsers."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psutil

from tests.support.serving import ROOT


@contextmanager
def upstream(module: str = "benchmarks.providers.upstream") -> Iterator[tuple[str, psutil.Process]]:
    """A provider; yields its address."""
    with run(module, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        yield f"http://127.0.0.1:{int(process.stdout.readline())}/v1", psutil.Process(process.pid)


@contextmanager
def relay(base_url: str) -> Iterator[tuple[int, psutil.Process]]:
    """The plain relay; yields its port."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    arguments = ["--port", str(port), "--access-log", os.devnull, "benchmarks.servers.relay:application"]
    with run("daphne", *arguments, environment={"OPENAI_BASE_URL": base_url}, **quiet) as process:
        deadline = time.monotonic() + 30
        while _refuses(port):
            if time.monotonic() > deadline or process.poll() is not None:
                raise RuntimeError("The relay did not start.")
            time.sleep(0.05)
        yield port, psutil.Process(process.pid)


def _refuses(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) != 0


@contextmanager
def run(module: str, *arguments: str, environment: dict[str, str] | None = None, **streams: Any) -> Iterator[subprocess.Popen[str]]:
    """A module in a process of its own, which is ended with the block."""
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
