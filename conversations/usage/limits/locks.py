"""Locks by name that are held until the end of the transaction."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable

from django.db import connection


def hold(names: Iterable[str], *, shared: bool = False) -> None:
    """Wait for these locks, always in the same order, so that no two wait for each other. SQLite has one writer at a time anyway."""
    if connection.vendor != "postgresql":
        return
    function = "pg_advisory_xact_lock_shared" if shared else "pg_advisory_xact_lock"
    with connection.cursor() as cursor:
        for name in sorted(names):
            cursor.execute(f"SELECT {function}(%s)", [_number(name)])


def _number(name: str) -> int:
    return int.from_bytes(hashlib.sha256(f"conversations.usage: {name}".encode()).digest()[:8], "big", signed=True)
