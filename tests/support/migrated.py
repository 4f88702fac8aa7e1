"""A run's databases are migrated once of each kind: the first process that needs one migrates its own, and all others copy that."""

from __future__ import annotations

import shutil
import uuid
from collections.abc import Callable
from pathlib import Path

from django.db import connection

from . import template


def migrated(migrate: Callable[[], object]) -> None:
    """Fill the empty database of the settings, by `migrate` or with a copy."""
    made_here = False

    def make(path: str) -> None:
        nonlocal made_here
        migrate()
        _disconnect()
        _keep(Path(path))
        made_here = True

    kept = template.once(f"migrated-{connection.settings_dict['PORT'] or connection.vendor}", make)
    if not made_here:
        _disconnect()
        _copy(Path(kept))


def _keep(kept: Path) -> None:
    if connection.vendor == "sqlite":
        shutil.copyfile(connection.settings_dict["NAME"], kept)  # the last connection to be closed has left no write-ahead log
        return
    name = f"migrated_{uuid.uuid4().hex[:12]}"
    _execute(f"CREATE DATABASE {name} TEMPLATE {connection.settings_dict['NAME']}")
    kept.write_text(name)


def _copy(kept: Path) -> None:
    name = connection.settings_dict["NAME"]
    if connection.vendor == "sqlite":
        shutil.copyfile(kept, name)
        return
    _execute(f"DROP DATABASE {name}", f"CREATE DATABASE {name} TEMPLATE {kept.read_text()}")


def _disconnect() -> None:
    connection.close()
    if connection.vendor == "postgresql":
        connection.close_pool()  # type: ignore[attr-defined]


def _execute(*statements: str) -> None:
    with connection._nodb_cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)
