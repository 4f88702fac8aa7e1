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
    """Counts the time from the beginning of `attempts`, or from when the answer last broke off."""

    def __init__(self, attempts: AttemptLog) -> None:
        self._attempts = attempts
        self._since = attempts.began
        self._rounds = 0

    def begin_again(self) -> None:
        """The answer got further before it broke off: from now on it may take as long again."""
        self._since, self._rounds = monotonic(), 0

    @property
    def is_exhausted(self) -> bool:
        """Whether no further attempt may begin."""
        return self._seconds > settings.RETRY_SECONDS or self._attempts.number >= retries.MOST_TRIES

    def for_a_route(self, error: NoRouteAvailable) -> Retrying:
        """Until a key or a circuit allows an attempt, if that is soon; else the error is raised."""
        if error.worth_waiting is None:
            raise error
        self._rounds += 1
        return self._bounded(error, error.worth_waiting, retries.spread(self._rounds))

    def for_the_upstream(self, error: ProviderError, breaks: int) -> Retrying:
        """Until a stream that broke off so often in a row is taken up; the error is raised where that is too long."""
        if breaks == 1:
            self.begin_again()
        return self._bounded(error, error.retry_after or 0.0, retries.pause(breaks))

    def before(self, route: Route, tried: Tried, has_waited: bool) -> Retrying | None:
        """A way that failed gets a pause; the user learns why it takes longer. Raises the last error where that is too long.

        `has_waited`: for this way to be allowed. Then only what its provider wishes is missing.
        """
        if tried.last is None:
            return None
        failures, wished = tried.failures(route), tried.wished_seconds(route.source)
        if failures and not (has_waited and wished == 0):
            pause = 0.0 if has_waited else retries.pause(failures)
            return self._bounded(tried.last, wished, max(pause - wished, retries.spread(1)) if wished else pause)
        return None if has_waited else Retrying(tried.last.kind, 0.0)

    def _bounded(self, error: ProviderError, least: float, more: float) -> Retrying:
        """A wait of `least` seconds and of some more, which are ours to choose. Raises the error where it is too long."""
        seconds = least + more
        if least > MAX_WAIT_SECONDS or self._seconds + seconds > settings.RETRY_SECONDS:
            raise error
        return Retrying(error.kind, seconds)

    @property
    def _seconds(self) -> float:
        return monotonic() - self._since
