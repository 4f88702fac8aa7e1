"""PostgreSQL keeps what it makes of a statement that is run again and again, unless a pooler may change the connection beneath it."""

from __future__ import annotations

import socket
import struct
import threading
import uuid
from collections.abc import Iterator
from contextlib import closing, contextmanager

import pytest
from django.db import connection

from chatbot.postgresql.base import PREPARED_AFTER, DatabaseWrapper
from conversations.models import statements

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.every_database]

KEYS_OF_A_CONNECTION = b"K\x00\x00\x00\x0c"
"""With what PostgreSQL begins its message of a process's number and the key to cancel what it does."""


@pytest.fixture
def server() -> int:
    """Its port."""
    if connection.vendor != "postgresql":
        pytest.skip("SQLite's driver keeps what it prepares.")
    return int(connection.settings_dict["PORT"])


def test_what_is_run_again_is_prepared(server: int) -> None:
    assert prepared(server)


def test_nothing_is_prepared_through_a_pooler(server: int) -> None:
    with pooler(server) as port:
        assert not prepared(port)


def prepared(port: int) -> list[str]:
    """What a connection to this port has prepared after a query was run some times."""
    options = {name: value for name, value in connection.settings_dict["OPTIONS"].items() if name != "pool"}
    settings = {**connection.settings_dict, "PORT": port, "OPTIONS": {**options, "sslmode": "disable", "gssencmode": "disable"}}
    with closing(DatabaseWrapper(settings, "prepared")) as another:
        another.ensure_connection()
        another.set_autocommit(False)
        another.in_atomic_block = True
        for _ in range(PREPARED_AFTER + 1):
            assert statements.rows(another, "SELECT id FROM conversations_message WHERE id = %s", [uuid.uuid4()]) == []
        return [name for (name,) in another.connection.execute("SELECT name FROM pg_prepared_statements")]


@contextmanager
def pooler(server: int) -> Iterator[int]:
    """Passes on one connection and gives it a process's number of its own, as poolers do. Yields its port."""
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def serve() -> None:
            client, _ = listener.accept()
            with client, socket.create_connection(("127.0.0.1", server)) as upstream:
                threading.Thread(target=pass_on, args=(client, upstream), daemon=True).start()
                pass_on(upstream, client)

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield listener.getsockname()[1]
        thread.join(10)


def pass_on(source: socket.socket, target: socket.socket) -> None:
    try:
        while data := source.recv(65536):
            before, keys, rest = data.partition(KEYS_OF_A_CONNECTION)
            target.sendall(before + keys + struct.pack("!i", 1) + rest[4:] if keys else data)
        target.shutdown(socket.SHUT_WR)
    except OSError:  # it was closed on the other side
        pass
