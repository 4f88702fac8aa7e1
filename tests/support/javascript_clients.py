"""Clients of our API for JavaScript, in a process of Node: what is below tests/clients, see its worker.mjs."""

from __future__ import annotations

import os
import shutil
from contextlib import AbstractContextManager

import pytest

from tests.support.client_process import FOLDER, ClientProcess, client_process


def javascript_clients(address: str, token: str) -> AbstractContextManager[ClientProcess]:
    """Of the site at this address, with this token."""
    node = shutil.which("node")
    if node is None or not (FOLDER / "node_modules" / "openai").is_dir():
        missing = "The clients for JavaScript are not installed: `make test` does that."
        (pytest.fail if os.environ.get("CI") else pytest.skip)(missing)
    return client_process([node, "--no-warnings", str(FOLDER / "worker.mjs")], address, token)
