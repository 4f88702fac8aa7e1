"""Frameworks for Python that ask our API, in a process with packages of their own: what is below tests/clients/python, see its worker.py."""

from __future__ import annotations

from contextlib import AbstractContextManager

from tests.support.client_process import FOLDER, ClientProcess, client_process, not_installed

QUIET = {"OPENAI_AGENTS_DISABLE_TRACING": "1", "LANGSMITH_TRACING": "false", "PYTHONDONTWRITEBYTECODE": ""}
"""They would tell their makers' sites of what they do."""


def python_clients(packages: str, address: str, token: str) -> AbstractContextManager[ClientProcess]:
    """With the packages of `requirements/<packages>.txt`, asking the site at this address with this token."""
    folder = FOLDER / ".venvs" / packages
    if not (folder / "installed.json").is_file():
        not_installed("The frameworks for Python")
    return client_process([str(folder / "bin" / "python"), str(FOLDER / "python" / "worker.py")], address, token, **QUIET)
