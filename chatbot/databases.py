"""The database that an address names, with what it needs to be used by many threads and sockets at once."""

import os
from pathlib import Path
from typing import Any

import environ
from django.core.exceptions import ImproperlyConfigured

from chatbot.file_systems import require_safe_for_sqlite


def database(address: str, data_dir: Path) -> dict[str, Any]:
    """What Django's DATABASES says of it; without an address, SQLite in the data folder. Raises ImproperlyConfigured."""
    try:
        found: dict[str, Any] = environ.Env.db_url_config(address or f"sqlite:///{data_dir / 'db.sqlite3'}")
    except (ValueError, KeyError) as error:
        raise ImproperlyConfigured("DATABASE_URL can't be read. It looks like postgres://user:password@host:5432/name.") from error
    if not found["ENGINE"].endswith("sqlite3"):
        return _postgresql(found)
    if found["NAME"] != ":memory:":
        file = Path(found["NAME"])
        is_link = os.path.islink(file)  # noqa: PTH114 – no error where a folder can't be entered, which is named next
        folder = (file.resolve() if is_link else file).parent  # SQLite keeps its log beside the file itself
        require_safe_for_sqlite(folder, "DATABASE_URL" if address else "DATA_DIR")
        os.environ.setdefault("SQLITE_TMPDIR", str(folder))  # large changes need temporary files, and all else may be read-only
    return _sqlite(found)


def _sqlite(found: dict[str, Any]) -> dict[str, Any]:
    """Many writers want WAL, immediate transactions and patience. What is deleted is overwritten (see management/write_ahead_log.py)."""
    found["CONN_MAX_AGE"] = None  # the sockets' thread keeps its connection; a request's ends with the request (see apps.py)
    found["OPTIONS"] = {
        "transaction_mode": "IMMEDIATE",
        "timeout": 20,
        "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA cache_size=-16000; PRAGMA mmap_size=134217728; "
        "PRAGMA secure_delete=ON;",
    }
    return found


def _postgresql(found: dict[str, Any]) -> dict[str, Any]:
    # Each request has a thread of its own, so connections that stay open belong to a pool, not to threads. While PostgreSQL can't
    # be reached, the pool is to notice soon, give up soon, and start over with the next request rather than ever more rarely.
    found["ENGINE"] = "chatbot.postgresql"
    found["CONN_HEALTH_CHECKS"] = True
    found["OPTIONS"] = {
        "connect_timeout": 3,
        "tcp_user_timeout": 10_000,
        "keepalives_idle": 10,
        "keepalives_interval": 5,
        "keepalives_count": 3,
        **found.get("OPTIONS", {}),
        "pool": {"min_size": 1, "max_size": 20, "timeout": 3, "reconnect_timeout": 2},
    }
    return found
