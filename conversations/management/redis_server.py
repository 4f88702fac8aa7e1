"""Redis at start: reachable, if the settings name one."""

from django.conf import settings

from .problems import StartProblem


def reach() -> None:
    """Raises StartProblem."""
    if not settings.REDIS_URL:
        return
    from redis import Redis, RedisError

    try:
        with Redis.from_url(settings.REDIS_URL, socket_connect_timeout=5, socket_timeout=5) as connection:
            connection.ping()
    except (RedisError, OSError, ValueError) as error:
        cause = str(error).removesuffix(".")
        raise StartProblem(f"The Redis server that REDIS_URL names can't be used: {cause}. Check that it runs, and its address.") from error
