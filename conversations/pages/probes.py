"""For monitors of the process: is it alive, and can it work."""

import logging
import shutil
from collections.abc import Collection

from django.conf import settings
from django.db import DatabaseError, InterfaceError, connection
from django.http import HttpRequest, HttpResponse

from conversations.processes import supervisor
from conversations.routing import catalog, circuits
from conversations.routing.catalog import Circuit
from conversations.routing.sources import Source

log = logging.getLogger(__name__)

REDIS_SECONDS = 0.5
MIN_FREE_BYTES = 32 * 1024 * 1024
"""Of the disk that SQLite's file is on, whose log grows by tens of megabytes."""


def alive(request: HttpRequest) -> HttpResponse:
    return HttpResponse("ok\n", content_type="text/plain")


def ready(request: HttpRequest) -> HttpResponse:
    """Whether answers can be given: what is missing is named, a line each."""
    missing = list(_missing())
    return HttpResponse("\n".join(missing or ["ok"]) + "\n", content_type="text/plain", status=503 if missing else 200)


def _missing() -> list[str]:
    missing = []
    if supervisor.current().is_draining:
        missing.append("the process is about to stop")
    if settings.REDIS_URL and not _redis_answers():
        missing.append("Redis can't be reached")
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
        missing += _missing_space()
        missing += _missing_providers()
    except (DatabaseError, InterfaceError):
        missing.append("the database is away")
    return missing


def _missing_space() -> list[str]:
    """A PostgreSQL server's disk is elsewhere."""
    if connection.vendor != "sqlite":
        return []
    return ["the database's disk is full"] if shutil.disk_usage(connection.settings_dict["NAME"]).free < MIN_FREE_BYTES else []


def _redis_answers() -> bool:
    from redis import Redis, RedisError  # here, for most sites have none

    try:
        with Redis.from_url(settings.REDIS_URL, socket_connect_timeout=REDIS_SECONDS, socket_timeout=REDIS_SECONDS) as redis:
            return bool(redis.ping())
    except (RedisError, OSError):
        return False


def _missing_providers() -> list[str]:
    sources = catalog.read().sources
    if not sources:
        return ["no provider is enabled"]
    paused = {circuit for circuit, seconds in circuits.open_circuits().items() if seconds > 0}
    return [] if any(_works(source, paused) for source in sources) else ["every provider has trouble"]


def _works(source: Source, paused: Collection[Circuit]) -> bool:
    """Whether one of its models, as far as they are named, has no trouble."""
    default = source.offer("")
    names = {offer.upstream for offer in (*source.offers, *([default] if default else []))}
    return any((str(source.id), name) not in paused for name in names)
