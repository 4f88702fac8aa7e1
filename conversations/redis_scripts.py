"""Short Lua scripts in Redis, for what several processes decide together. While Redis is away nobody waits for it."""

from __future__ import annotations

import hashlib
import logging
import threading
from functools import cache
from time import monotonic
from typing import Any

import redis
from django.conf import settings
from redis.backoff import NoBackoff
from redis.exceptions import RedisError
from redis.retry import Retry

log = logging.getLogger(__name__)

PATIENCE = 0.5
"""Seconds that a script may take."""
NOT_TRIED_AGAIN_FOR = 2.0
"""Seconds after a failure."""

_lock = threading.Lock()
_away_until = 0.0


class Away(Exception):
    """There is no Redis, or it doesn't answer: decide for this process alone."""


class Script:
    """One script. Synchronous; may be run from any thread."""

    def __init__(self, source: str) -> None:
        self._source = source

    def run(self, keys: list[str], *arguments: str | float) -> Any:
        """What the script returns. Keys are this site's own. Raises Away."""
        global _away_until
        if not settings.REDIS_URL or monotonic() < _away_until:
            raise Away
        prefix = _prefix(settings.SECRET_KEY)
        try:
            return _registered(settings.REDIS_URL, self._source)([prefix + key for key in keys], list(arguments))
        except (RedisError, OSError) as error:
            with _lock:
                if monotonic() >= _away_until:
                    log.warning("Redis is away, each process decides for itself: %s", error)
                _away_until = monotonic() + NOT_TRIED_AGAIN_FOR
            raise Away from None


def forget_failure() -> None:
    """Ask Redis again at once."""
    global _away_until
    _away_until = 0.0


@cache
def _registered(url: str, source: str) -> Any:
    return _client(url).register_script(source)


@cache
def _client(url: str) -> Any:
    return redis.Redis.from_url(
        url,
        socket_connect_timeout=PATIENCE,
        socket_timeout=PATIENCE,
        retry=Retry(NoBackoff(), 0),
        protocol=2,
        decode_responses=True,
    )


@cache
def _prefix(secret: str) -> str:
    return hashlib.sha256(f"chatbot:{secret}".encode()).hexdigest()[:16] + ":"
