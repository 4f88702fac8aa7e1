"""The tries of one go of a reply: who is asked, how long is waited in between, and what each came to."""

from __future__ import annotations

from time import monotonic
from typing import TYPE_CHECKING

from django.utils import timezone

from conversations.models import OK
from conversations.usage.ledger.finished_attempt import FinishedAttempt
from conversations.usage.ledger.prices import Tokens

if TYPE_CHECKING:
    from conversations.providers.errors import ProviderError
    from conversations.providers.parts import Usage
    from conversations.providers.streams import Stream
    from conversations.routing.routes import Route

CAUSE = 500


class Tries:
    """Keeps account. `done` are those that the ledger doesn't have yet."""

    def __init__(self, made_elsewhere: int) -> None:
        self.done: list[FinishedAttempt] = []
        self.number = made_elsewhere
        self.began = monotonic()
        self._route: Route | None = None
        self._started = timezone.now()
        self._asked = self._first_token = 0.0

    def begin(self, route: Route) -> None:
        self._route = route
        self.number += 1
        self._started, self._asked, self._first_token = timezone.now(), monotonic(), 0.0

    def spoke(self) -> None:
        """Something of the answer came."""
        self._first_token = self._first_token or monotonic()

    def end(
        self, outcome: str, *, stream: Stream | None, error: ProviderError | None, characters: int, tokens: Tokens, estimated: bool
    ) -> None:
        for refusal in stream.rejected.values() if stream is not None else ():
            self._add(refusal.kind, refusal)
            self.number += 1
        one = self._add(outcome, error)
        one.characters, one.tokens, one.estimated = characters, tokens, estimated
        if self._first_token:
            one.first_token_ms = _milliseconds(self._first_token - self._asked)
        if not one.request_id and stream is not None:
            one.request_id = stream.request_id or ""

    def close(self, outcome: str) -> None:
        """The go is over: the last try was the one that counts, or the end came while nobody was being asked."""
        if self.done and self.done[-1].outcome == outcome:
            self.done[-1].final = True
        else:
            self.done.append(FinishedAttempt(started=timezone.now(), number=0, outcome=outcome, duration_ms=0, final=True))

    def _add(self, outcome: str, error: ProviderError | None) -> FinishedAttempt:
        one = FinishedAttempt(
            started=self._started, number=self.number, outcome=outcome, duration_ms=_milliseconds(monotonic() - self._asked)
        )
        if (route := self._route) is not None:
            one.provider = route.source.name
            one.provider_id, one.key_id = route.source.id, route.key.id if route.key else None
            one.model, one.upstream_model = route.offer.name or route.offer.upstream, route.offer.upstream
            one.base_url, one.price_list, one.price = route.source.base_url, route.source.price_list, route.offer.price
        if error is not None and outcome != OK:
            one.cause, one.status, one.request_id = error.cause[:CAUSE], error.status, error.request_id or ""
            one.retry_after = error.retry_after
        self.done.append(one)
        return one


def tokens_of(usage: Usage) -> Tokens:
    return Tokens(usage.input_tokens, usage.cached_tokens, usage.output_tokens, usage.reasoning_tokens)


def _milliseconds(seconds: float) -> int:
    return max(0, round(seconds * 1000))
