"""Django's PostgreSQL backend that fails fast in an outage, and prepares the statements that are run again and again.

All database work of the sockets goes through one thread. If each piece of it waited for the pool's timeout, an outage of
a minute would become one of many: so each request learns of it at once instead of all waiting in turn.
"""

from collections.abc import Sequence
from time import monotonic
from typing import Any, ClassVar

import psycopg
from django.db import OperationalError
from django.db.backends.postgresql import base

RETRY_AFTER_SECONDS = 1.0
"""After a failed attempt to connect."""
PREPARED_AFTER = 5
"""So many times a connection is given a statement before PostgreSQL is to keep what it makes of its text."""


class DatabaseWrapper(base.DatabaseWrapper):
    _down_until: ClassVar[dict[str, float]] = {}
    _reached: ClassVar[dict[str, float]] = {}

    def get_new_connection(self, conn_params: dict[str, Any]) -> Any:
        began = monotonic()
        if began < self._down_until.get(self.alias, 0.0):
            raise OperationalError("PostgreSQL could not be reached a moment ago")
        try:
            connection = super().get_new_connection(conn_params)
        except psycopg.OperationalError:
            # Another thread may have reached it meanwhile: what waited since the outage says nothing about now.
            if not self._pool_is_exhausted() and self._reached.get(self.alias, 0.0) < began:
                self._down_until[self.alias] = monotonic() + RETRY_AFTER_SECONDS
            raise
        self._reached[self.alias] = monotonic()
        return connection

    def execute_raw(self, sql: str, values: Sequence[Any]) -> psycopg.Cursor[Any]:
        """Run a statement that has $1, $2 … in the places of its values, which are sent beside it. Raises the driver's errors."""
        return psycopg.RawCursor(self.connection).execute(sql, values)

    def _configure_connection(self, connection: Any) -> bool:
        super()._configure_connection(connection)  # type: ignore[misc]  # its stubs leave that out
        # A pooler may give each transaction to another of its connections, which has not prepared it, or something else by its name.
        # PostgreSQL tells its process's number when a connection is made; in its place a pooler tells one of its own.
        (process,) = connection.execute("SELECT pg_backend_pid()").fetchone()
        connection.prepare_threshold = PREPARED_AFTER if process == connection.info.backend_pid else None
        return True  # there is something to commit

    def _pool_is_exhausted(self) -> bool:
        """Whether it is our own load that there was no connection, and not the server."""
        if not self.pool:
            return False
        state = self.pool.get_stats()
        return bool(state["pool_size"] >= state["pool_max"] and state["pool_available"] == 0)
