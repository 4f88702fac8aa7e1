"""Runs compiled statements without Django's cursors, which take longer than the databases do for most of them."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from functools import lru_cache
from itertools import count
from typing import Any, TypeVar

from django.db import DEFAULT_DB_ALIAS, DatabaseError, connections

Result = TypeVar("Result")


def connection() -> Any:
    """Django's wrapper itself: each look through its proxy takes its time."""
    return connections[DEFAULT_DB_ALIAS]


def rows(connection: Any, sql: str, values: Sequence[Any]) -> list[Sequence[Any]]:
    """What a query finds. Raises Django's errors."""
    return _run(connection, sql, values, lambda cursor: list(cursor.fetchall()))


def change(connection: Any, sql: str, values: Sequence[Any]) -> int:
    """Returns how many rows there were. Raises Django's errors."""
    return _run(connection, sql, values, lambda cursor: int(cursor.rowcount))


def _run(connection: Any, sql: str, values: Sequence[Any], read: Callable[[Any], Result]) -> Result:
    try:
        if _needs_django(connection):
            with connection.cursor() as cursor:
                cursor.execute(sql, values)
                return read(cursor)
        with connection.wrap_database_errors:
            execute = connection.connection.execute if connection.vendor == "sqlite" else connection.execute_raw
            return read(execute(_for_driver(sql, connection.vendor), values))
    except DatabaseError:
        _look_for_the_transaction(connection)
        raise


def _look_for_the_transaction(connection: Any) -> None:
    """Where the disk is full, say, SQLite undoes all of it by itself, and the driver then commits nothing without a word."""
    if connection.vendor == "sqlite" and connection.in_atomic_block and connection.connection and not connection.connection.in_transaction:
        connection.needs_rollback = True


def _needs_django(connection: Any) -> bool:
    """Whether its cursors have something to do before the driver's own can."""
    if connection.connection is None or connection.needs_rollback or connection.execute_wrappers or connection.queries_logged:
        return True  # connect, refuse in a broken transaction, or tell what is run
    return connection.vendor != "sqlite" and not connection.in_atomic_block  # look whether a connection still works that lay in the pool


@lru_cache(maxsize=256)
def _for_driver(sql: str, vendor: str) -> str:
    """As it marks the places of values: with “?”, and PostgreSQL with their numbers."""
    numbers = count(1)
    return re.sub("(?<!%)%s", lambda _: "?" if vendor == "sqlite" else f"${next(numbers)}", sql).replace("%%", "%")
