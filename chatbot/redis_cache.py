"""Django's cache in Redis that survives an outage: what Redis would have known counts as unknown."""

import logging
from collections.abc import Callable
from functools import wraps
from time import monotonic
from typing import Any

from django.core.cache.backends import redis
from redis.exceptions import RedisError

log = logging.getLogger(__name__)

RETRY_AFTER_SECONDS = 2.0
"""Until then no other request waits for a Redis that doesn't answer."""


def _or_unknown(method: Callable[..., Any], unknown: Callable[..., Any]) -> Callable[..., Any]:
    @wraps(method)
    def ask(self: "RedisCache", *args: Any, **kwargs: Any) -> Any:
        if monotonic() < RedisCache.down_until:
            return unknown(self, *args, **kwargs)
        try:
            return method(self, *args, **kwargs)
        except (RedisError, OSError) as error:
            RedisCache.down_until = monotonic() + RETRY_AFTER_SECONDS
            log.warning("Redis is unreachable, sign-in attempts and the like are not counted: %s", error)
            return unknown(self, *args, **kwargs)

    return ask


class RedisCache(redis.RedisCache):
    """While Redis is unreachable, only what needs no answer is done. Signing in works, without its limits."""

    down_until = 0.0

    get = _or_unknown(redis.RedisCache.get, lambda self, key, default=None, version=None: default)
    get_many = _or_unknown(redis.RedisCache.get_many, lambda self, *args, **kwargs: {})
    add = _or_unknown(redis.RedisCache.add, lambda self, *args, **kwargs: True)
    set = _or_unknown(redis.RedisCache.set, lambda self, *args, **kwargs: None)
    set_many = _or_unknown(redis.RedisCache.set_many, lambda self, *args, **kwargs: [])
    delete = _or_unknown(redis.RedisCache.delete, lambda self, *args, **kwargs: False)
    delete_many = _or_unknown(redis.RedisCache.delete_many, lambda self, *args, **kwargs: None)
    touch = _or_unknown(redis.RedisCache.touch, lambda self, *args, **kwargs: False)
    has_key = _or_unknown(redis.RedisCache.has_key, lambda self, *args, **kwargs: False)
    incr = _or_unknown(redis.RedisCache.incr, lambda self, key, delta=1, version=None: delta)
