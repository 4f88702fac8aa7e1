"""Runs compiled statements without Django's cursors, which take longer than SQLite does for most of them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache
from typing import Any

from django.db import DEFAULT_DB_ALIAS, DatabaseError, connections


def connection() -> Any:
    """Django's wrapper itself: each look through its proxy takes its time."""
    return connections[DEFAULT_DB_ALIAS]


def rows(connection: Any, sql: str, values: Sequence[Any]) -> list[Sequence[Any]]:
    """What a query finds. Raises Django's errors."""
    try:
        if (driver := _driver(connection)) is None:
            with connection.cursor() as cursor:
                cursor.execute(sql, values)
                return list(cursor.fetchall())
        with connection.wrap_database_errors:
            return list(driver.execute(_for_driver(sql, connection.vendor), values).fetchall())
    except DatabaseError:
        _look_for_the_transaction(connection)
        raise


def change(connection: Any, sql: str, values: Sequence[Any]) -> int:
    """Returns how many rows there were. Raises Django's errors."""
    try:
        if (driver := _driver(connection)) is None:
            with connection.cursor() as cursor:
                cursor.execute(sql, values)
                return int(cursor.rowcount)
        with connection.wrap_database_errors:
            return int(driver.execute(_for_driver(sql, connection.vendor), values).rowcount)
    except DatabaseError:
        _look_for_the_transaction(connection)
        raise


def _look_for_the_transaction(connection: Any) -> None:
    """Where the disk is full, say, SQLite undoes all of it by itself, and the driver then commits nothing without a word."""
    if connection.vendor == "sqlite" and connection.in_atomic_block and connection.connection and not connection.connection.in_transaction:
        connection.needs_rollback = True


def _driver(connection: Any) -> Any:
    """The driver's own connection, unless Django's cursors have something to do."""
    if connection.needs_rollback or connection.execute_wrappers or connection.queries_logged:
        return None  # refuse in a broken transaction, or tell what is run
    if connection.vendor != "sqlite" and not connection.in_atomic_block:
        return None  # look whether a connection still works that lay in the pool
    return connection.connection  # or None: connect


@lru_cache(maxsize=256)
def _for_driver(sql: str, vendor: str) -> str:
    """As it marks the places of values."""
    return re.sub("(?<!%)%s", "?", sql).replace("%%", "%") if vendor == "sqlite" else sql
