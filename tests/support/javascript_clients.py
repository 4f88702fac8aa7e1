"""Clients of our API for JavaScript, in a process of Node: what is below tests/clients, see its worker.mjs."""

from __future__ import annotations

import shutil
from contextlib import AbstractContextManager
from pathlib import Path

from tests.support.client_process import FOLDER, ClientProcess, client_process, not_installed

QUIET = dict.fromkeys(("PROMPTFOO_DISABLE_TELEMETRY", "PROMPTFOO_DISABLE_UPDATE", "PROMPTFOO_DISABLE_REMOTE_GENERATION"), "true")
"""It would tell its makers' site of what it does."""


def javascript_clients(address: str, token: str) -> AbstractContextManager[ClientProcess]:
    """Of the site at this address, with this token."""
    return _process("openai", FOLDER, address, token)


def promptfoo(address: str, token: str, folder: Path) -> AbstractContextManager[ClientProcess]:
    """It alone, which has packages of its own, and keeps what it writes in this folder."""
    return _process("promptfoo", FOLDER / "promptfoo", address, token, PROMPTFOO_CONFIG_DIR=str(folder), **QUIET)


def _process(package: str, packages: Path, address: str, token: str, **environment: str) -> AbstractContextManager[ClientProcess]:
    node = shutil.which("node")
    if node is None or not (packages / "node_modules" / package).is_dir():
        not_installed("The clients for JavaScript")
    return client_process([node, "--no-warnings", str(FOLDER / "worker.mjs")], address, token, **environment)
