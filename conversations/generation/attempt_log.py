"""The attempts at one reply: provider, time and outcome of each. The ledger gets them when the reply ends."""

from __future__ import annotations

from time import monotonic
from typing import TYPE_CHECKING
from uuid import UUID

from django.conf import settings
from django.utils import timezone

from conversations.models import OK, AttemptKind, Purpose
from conversations.models.identifiers import new_id
from conversations.usage.ledger import trace_ids
from conversations.usage.ledger.finished_attempt import NO_SUBJECT, FinishedAttempt, Subject
from conversations.usage.ledger.prices import Tokens
from conversations.usage.ledger.trace_content import Content
from conversations.usage.ledger.units import NO_UNITS, Units

if TYPE_CHECKING:
    from conversations.providers.errors import ProviderError
    from conversations.providers.parts import Usage
    from conversations.providers.request import Request
    from conversations.providers.streams import Stream
    from conversations.routing.routes import Route

    from .drawing import Maker

MAX_CAUSE_CHARACTERS = 500
CUT = "cut"
"""Outcome of an attempt that was ended from outside, until `close` says what ended it."""


class AttemptLog:
    """`done` are the attempts that the ledger doesn't have yet. `reply_id`: of the reply that they are for, by which it is traced.

    `kind` and `subject` are those of each; `given`: what each is given to read beside its text.
    """

    def __init__(
        self, made_before: int, reply_id: UUID | None = None, kind: AttemptKind = AttemptKind.TEXT, subject: Subject = NO_SUBJECT
    ) -> None:
        self.kind, self.subject, self.given = kind, subject, NO_UNITS
        self.done: list[FinishedAttempt] = []
        self.number = made_before
        self.began = monotonic()
        self.trace = trace_ids.new(reply_id)
        self._told_id: UUID | None = None
        self._span = 0
        self._content: Content | None = None
        self._route: Route | None = None
        self._started = timezone.now()
        self._sent_at = self._first_token_at = 0.0

    def begin(self, route: Route) -> None:
        self._route = route
        self.number += 1
        self._told_id = None
        self._span = trace_ids.new_span() if self.trace else 0
        self._started, self._sent_at, self._first_token_at = timezone.now(), monotonic(), 0.0
        self._content = None

    def keep_content(self, request: Request) -> list[str] | None:
        """What is said in the attempt that has begun goes into its trace: the list takes the answer's pieces. None where that is off."""
        if self.trace is None or not self.trace.is_sampled or not settings.TRACING_CONTENT:
            return None
        self._content = Content(request.system, request.turns)
        return self._content.said

    @property
    def traceparent(self) -> str:
        """By which the provider's spans go on with the attempt that has begun; empty where nothing is traced."""
        return self.trace.parent_of(self._span) if self.trace else ""

    def told_id(self) -> UUID:
        """The id by which a gateway is told of the attempt that has begun. Others get theirs as they end, in the order of the ledger."""
        self._told_id = self._told_id or new_id()
        return self._told_id

    def token_came(self) -> None:
        """A part of the answer has come."""
        self._first_token_at = self._first_token_at or monotonic()

    def reads(self, files: int, pages: int) -> None:
        """The attempts from now on are given so many files, which have so many pages."""
        self.given = Units(files=files, pages=pages) if files else NO_UNITS
        if self.kind in (AttemptKind.TEXT, AttemptKind.FILES):
            self.kind = AttemptKind.FILES if files else AttemptKind.TEXT

    def end(
        self,
        outcome: str,
        *,
        stream: Stream | None,
        error: ProviderError | None,
        characters: int,
        tokens: Tokens,
        estimated: bool,
        units: Units = NO_UNITS,
    ) -> None:
        for refusal in stream.rejected.values() if stream is not None else ():
            self._add(refusal.kind, refusal)
            self.number += 1
        attempt = self._add(outcome, error)
        attempt.id, attempt.content = self._told_id or attempt.id, self._content
        attempt.characters, attempt.tokens, attempt.estimated, attempt.units = characters, tokens, estimated, units
        if self._first_token_at:
            attempt.first_token_ms = _milliseconds(self._first_token_at - self._sent_at)
        if not attempt.request_id and stream is not None:
            attempt.request_id = stream.request_id or ""

    def add_pictures(self, made_by: Maker, tokens: Tokens, units: Units, *, estimated: bool) -> None:
        """What was drawn amid the attempt that has begun, and isn't over yet: it has a model and a price of its own."""
        attempt = self._add(OK, None)
        attempt.purpose, attempt.kind = Purpose.IMAGE, AttemptKind.PICTURES
        attempt.tokens, attempt.estimated, attempt.units = tokens, estimated, units
        attempt.model, attempt.upstream_model, attempt.price = made_by.model, made_by.upstream, made_by.price

    def fail(self, route: Route, error: ProviderError) -> None:
        """An attempt that failed before anything was sent."""
        self.begin(route)
        self.end(error.kind, stream=None, error=error, characters=0, tokens=Tokens(), estimated=False)

    def close(self, outcome: str, *, final: bool = True) -> None:
        """No attempt follows in this process. Unless `final`, another process continues the reply.

        A reply ends with its last attempt, or between two attempts: then a row without a provider records its end.
        """
        last = self.done[-1] if self.done else None
        if last is not None and last.outcome == CUT:
            last.outcome = outcome
        if not final:
            return
        if last is not None and last.outcome == outcome:
            last.final = True
        else:
            ended = FinishedAttempt(started=timezone.now(), number=0, outcome=outcome, duration_ms=0, final=True)
            ended.kind, ended.subject = self.kind, self.subject
            self.done.append(ended)

    def _add(self, outcome: str, error: ProviderError | None) -> FinishedAttempt:
        duration = _milliseconds(monotonic() - self._sent_at)
        attempt = FinishedAttempt(started=self._started, number=self.number, outcome=outcome, duration_ms=duration)
        attempt.trace, attempt.span = self.trace, self._span
        attempt.kind, attempt.subject = self.kind, self.subject
        if (route := self._route) is not None:
            attempt.provider = route.source.name
            attempt.provider_id, attempt.key_id = route.source.id, route.key.id if route.key else None
            attempt.model, attempt.upstream_model = route.offer.name or route.offer.upstream, route.offer.upstream
            attempt.base_url, attempt.price_list, attempt.price = route.source.base_url, route.source.price_list, route.offer.price
        if error is not None and outcome != OK:
            attempt.cause, attempt.status, attempt.request_id = error.cause[:MAX_CAUSE_CHARACTERS], error.status, error.request_id or ""
            attempt.retry_after = error.retry_after
        self.done.append(attempt)
        return attempt


def tokens_of(
    usage: Usage, images: tuple[int | None, int | None] = (None, None), sound: tuple[int | None, int | None] = (None, None)
) -> Tokens:
    """`images`, `sound`: what of input and output are these."""
    return Tokens(usage.input_tokens, usage.cached_tokens, usage.output_tokens, usage.reasoning_tokens, *images, *sound)


def _milliseconds(seconds: float) -> int:
    return max(0, round(seconds * 1000))
