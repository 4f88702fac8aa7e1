"""The database at start: reachable, and with every migration applied."""

import gc
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from django.apps import apps
from django.core.management import call_command
from django.db import DatabaseError, OperationalError, connection
from django.db.migrations.loader import MIGRATIONS_MODULE_NAME
from django.db.migrations.recorder import MigrationRecorder

from .problems import StartProblem

# Any number that no other program locks: processes that start at once on one PostgreSQL wait for each other.
MIGRATION_LOCK = 0x6368_6174
START_SECONDS = 10
"""How long a start waits for PostgreSQL at least."""


def migrate_if_needed() -> bool:
    """Bring the database up to date; return whether there was something to do. Raises StartProblem."""
    try:
        if connection.vendor == "postgresql":
            _reach()
        if not is_behind():
            return False
        with _migration_lock():
            if not is_behind():
                return False
            with _little_garbage_looked_for():
                call_command("migrate", interactive=False, verbosity=0)
        return True
    except DatabaseError as error:
        raise StartProblem(_sentence(error)) from error


def _reach() -> None:
    """Connect once, outside of the pool, which would retry for long and hide the reason. A busy server answers late: a start can wait."""
    from psycopg import Error, connect
    from psycopg.conninfo import timeout_from_conninfo

    found = connection.get_connection_params()
    try:
        connect(**{**found, "connect_timeout": max(timeout_from_conninfo(found), START_SECONDS)}).close()
    except Error as error:
        raise OperationalError(*error.args) from error


def is_behind() -> bool:
    """Whether a migration file has not been applied. Reads names only: loading every migration takes a good part of a second."""
    applied = set(MigrationRecorder(connection).applied_migrations())
    return any(migration not in applied for migration in _files())


def _files() -> Iterator[tuple[str, str]]:
    for app in apps.get_app_configs():
        folder = Path(app.path) / MIGRATIONS_MODULE_NAME
        for file in folder.glob("[0-9a-z]*.py"):
            yield app.label, file.stem


@contextmanager
def _little_garbage_looked_for() -> Iterator[None]:
    """The migrations make thousands of classes of models: to look for garbage as often as by default is a fourth of the time they take."""
    thresholds = gc.get_threshold()
    gc.freeze()  # what is loaded by now stays
    gc.set_threshold(2_000)
    try:
        yield
    finally:
        gc.set_threshold(*thresholds)
        gc.collect()


@contextmanager
def _migration_lock() -> Iterator[None]:
    if connection.vendor != "postgresql":
        yield
        return
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_lock(%s)", [MIGRATION_LOCK])
        try:
            yield
        finally:
            cursor.execute("SELECT pg_advisory_unlock(%s)", [MIGRATION_LOCK])


def _sentence(error: DatabaseError) -> str:
    cause = (str(error).strip().splitlines() or ["no reason given"])[0].removesuffix(".")
    if connection.vendor == "sqlite":
        return f"The database {connection.settings_dict['NAME']} can't be used: {cause}. Check that its folder can be written to."
    return f"The database that DATABASE_URL names can't be used: {cause}. Check that it runs, and the address, name and password."
