"""Clients of our API in another language or with packages of their own: a process that does what a test names."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NoReturn

import pytest

from tests.support.scripted_openai import Gate

FOLDER = Path(__file__).resolve().parents[1] / "clients"


class ClientError(Exception):
    """What a client threw: `details` are its class's name, message, status, param and code."""

    def __init__(self, details: dict[str, Any]) -> None:
        super().__init__(details["stack"])
        self.details = details


class ClientProcess:
    """Does one thing after the other. What a test left amid it goes on, unheard."""

    def __init__(self, command: list[str], environment: Mapping[str, str]) -> None:
        self._number = 0
        self._process = subprocess.Popen(
            command, env={**os.environ, **environment}, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
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
        raise AssertionError(f"The process ended amid {use} {what}.")

    def heard(self, gate: Gate, until: str, use: str, what: str, **given: Any) -> list[Any]:
        """All that it tells, with what it answers. The gate opens once it has told `until`. Raises ClientError."""
        heard = []
        for said in self.told(use, what, **given):
            heard.append(said)
            if said == until:
                gate.open()
        return heard

    def end(self) -> None:
        self._process.kill()
        self._process.communicate()


def not_installed(clients: str) -> NoReturn:
    """Ends the test: skipped, or failed where all has to be there."""
    (pytest.fail if os.environ.get("CI") else pytest.skip)(f"{clients} are not installed: `make test` does that.")


@contextmanager
def client_process(command: list[str], address: str, token: str, **environment: str) -> Iterator[ClientProcess]:
    """One that asks the site at this address, with this token."""
    process = ClientProcess(command, {"OPENAI_BASE_URL": f"{address}/v1", "OPENAI_API_KEY": token, **environment})
    try:
        yield process
    finally:
        process.end()
