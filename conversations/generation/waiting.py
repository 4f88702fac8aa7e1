"""How long a reply waits for its next attempt, and when that is too long."""

from __future__ import annotations

from time import monotonic
from typing import TYPE_CHECKING, NamedTuple

from django.conf import settings

from conversations.providers import retries
from conversations.providers.errors import ProviderError

from .attempt_log import AttemptLog

if TYPE_CHECKING:
    from conversations.routing.routes import NoRouteAvailable, Route, Tried

MAX_WAIT_SECONDS = 20.0
"""A user waits no longer for the next attempt. Beyond that an error that says when to try again is kinder."""


class Retrying(NamedTuple):
    """The attempts so far failed; the next one begins in so many seconds. `kind` is the last error's."""

    kind: str
    seconds: float


class Waiting:
    """Counts from the beginning of `attempts`."""

    def __init__(self, attempts: AttemptLog) -> None:
        self._attempts = attempts

    @property
    def is_exhausted(self) -> bool:
        """Whether no further attempt may begin."""
        return self._seconds > settings.RETRY_SECONDS or self._attempts.number >= retries.MOST_TRIES

    def for_a_key(self, error: NoRouteAvailable) -> Retrying:
        """Until a key can be used again, if that is soon; else the error is raised."""
        if error.worth_waiting is None:
            raise error
        return self._bounded(error, error.worth_waiting + retries.pause(1) / 2)

    def before(self, route: Route, tried: Tried, has_waited: bool) -> Retrying | None:
        """A provider that failed gets a pause; the user learns why it takes longer. Raises the last error where that is too long."""
        if tried.last is None:
            return None
        if troubled := tried.troubled[route.source.id]:
            return self._bounded(tried.last, retries.pause(troubled, tried.last))
        return None if has_waited else Retrying(tried.last.kind, 0.0)

    def _bounded(self, error: ProviderError, seconds: float) -> Retrying:
        if seconds > MAX_WAIT_SECONDS or self._seconds + seconds > settings.RETRY_SECONDS:
            raise error
        return Retrying(error.kind, seconds)

    @property
    def _seconds(self) -> float:
        return monotonic() - self._attempts.began
