"""Clients of our API for JavaScript, in a process of Node: what is below tests/clients, see its worker.mjs."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

FOLDER = Path(__file__).resolve().parents[1] / "clients"


class ClientError(Exception):
    """What a client threw: `details` are its class's name, message, status, param and code."""

    def __init__(self, details: dict[str, Any]) -> None:
        super().__init__(details["stack"])
        self.details = details


class JavaScriptClients:
    """Does one thing after the other. What a test left amid it goes on, unheard."""

    def __init__(self, environment: Mapping[str, str]) -> None:
        node = shutil.which("node")
        if node is None or not (FOLDER / "node_modules" / "openai").is_dir():
            missing = "The clients for JavaScript are not installed: `make test` does that."
            (pytest.fail if os.environ.get("CI") else pytest.skip)(missing)
        self._number = 0
        self._process = subprocess.Popen(
            [node, "--no-warnings", str(FOLDER / "worker.mjs")],
            env={**os.environ, **environment},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def run(self, use: str, what: str, **given: Any) -> Any:
        """What it answers in the end. Raises ClientError."""
        *_, last = self.told(use, what, **given)
        return last

    def told(self, use: str, what: str, **given: Any) -> Iterator[Any]:
        """What it tells on its way, and last what it answers. Raises ClientError."""
        assert self._process.stdin is not None and self._process.stdout is not None
        self._number += 1
        number = self._number
        self._process.stdin.write(json.dumps({"number": number, "use": use, "what": what, "given": given}) + "\n")
        self._process.stdin.flush()
        for line in self._process.stdout:
            said = json.loads(line)
            if said["number"] != number:
                continue
            if "error" in said:
                raise ClientError(said["error"])
            if "answer" in said:
                yield said["answer"]
                return
            yield said["told"]
        raise AssertionError(f"Node ended amid {use} {what}.")

    def end(self) -> None:
        self._process.kill()
        self._process.communicate()


@contextmanager
def javascript_clients(address: str, token: str) -> Iterator[JavaScriptClients]:
    """Of the site at this address, with this token."""
    clients = JavaScriptClients({"OPENAI_BASE_URL": f"{address}/v1", "OPENAI_API_KEY": token})
    try:
        yield clients
    finally:
        clients.end()
