"""Clients of our API for JavaScript, in a process of Node: what is below tests/clients, see its worker.mjs."""

from __future__ import annotations

import shutil
from contextlib import AbstractContextManager

from tests.support.client_process import FOLDER, ClientProcess, client_process, not_installed


def javascript_clients(address: str, token: str) -> AbstractContextManager[ClientProcess]:
    """Of the site at this address, with this token."""
    node = shutil.which("node")
    if node is None or not (FOLDER / "node_modules" / "openai").is_dir():
        not_installed("The clients for JavaScript")
    return client_process([node, "--no-warnings", str(FOLDER / "worker.mjs")], address, token)
