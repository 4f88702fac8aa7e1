"""An answer that breaks off in the middle goes on by itself: whether it may, and what its next request has to continue."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from django.db import DatabaseError, InterfaceError

from conversations.models import Message
from conversations.providers import retries
from conversations.usage.ledger.token_estimate import CHARACTERS_PER_TOKEN, tokens_written

from . import admission
from .attempt import MAX_ANSWER_CHARACTERS
from .request_builder import BOUND

if TYPE_CHECKING:
    from conversations.routing.routes import Route
    from conversations.usage.ledger.finished_attempt import FinishedAttempt

    from .output import Output
    from .request_builder import PreparedRequest

log = logging.getLogger(__name__)

MAX_RECONNECTIONS = 2
"""Of one answer, in whichever processes. After that its user decides."""
LEAST_BOUND_TOKENS = 256
"""What is left of an answer's bound may be an estimate, and reasoning counts, too."""
BROKEN_OFF = retries.WIRE_TROUBLE | {"rate_limit"}
"""Errors amid an answer that say nothing about what it says."""


class Reconnection:
    """`message` is what requests are made of: it is given what was said, and how long the rest may get."""

    def __init__(self, message: Message, output: Output, *, is_taken_up: bool) -> None:
        self._message, self._output = message, output
        self._bound: int | None = message.parameters.get(BOUND)
        self._begun_with = output.length
        self.length_before = output.length
        """Code points that the current request continues."""
        self.after = "" if is_taken_up else _last_kind(message)
        """The kind of the part with which they end."""

    @property
    def broke_off(self) -> bool:
        """Whether words came since the current request was made."""
        return self._output.length != self.length_before

    def is_allowed(self, route: Route) -> bool:
        """Whether an answer that broke off here may go on by itself."""
        return route.source.reconnects and self._output.length <= MAX_ANSWER_CHARACTERS

    def follow(self, attempts: Sequence[FinishedAttempt]) -> bool:
        """Let the next request continue what was said. False where that was done too often, exceeds its budget, or would continue a call of
        a tool. Synchronous.
        """
        if self._message.reconnections >= MAX_RECONNECTIONS or self._output.has_calls or not self.fits(attempts):
            return False
        self._message.reconnections += 1
        self._message.parts, self.length_before = self._output.parts, self._output.length
        self.after = _last_kind(self._message)
        try:  # so that a process that takes over goes on counting
            Message.objects.filter(pk=self._message.pk).update(reconnections=self._message.reconnections)
        except (DatabaseError, InterfaceError) as away:
            log.warning("That reply %s broke off could not be written down: %s", self._message.pk, away)
        return True

    def fits(self, attempts: Sequence[FinishedAttempt]) -> bool:
        """Whether another attempt fits into the answer's budget, beside what these used; it is given a bound that fits. Synchronous."""
        length = self._output.length
        if length == self._begun_with:
            return admission.has_room(self._message, attempts)
        room = admission.room_for_the_rest(self._message, attempts, length)
        bounds = [] if self._bound is None else [max(self._bound - tokens_written(length - self._begun_with), LEAST_BOUND_TOKENS)]
        if room is not None:
            if room < LEAST_BOUND_TOKENS:
                return False
            bounds.append(room)
        if bounds:
            self._message.parameters = {**self._message.parameters, BOUND: min(bounds)}
        return True

    def cut_after(self, prepared: PreparedRequest) -> int | None:
        """How many more characters may come, where it is for us to cut the answer off."""
        if prepared.max_answer_tokens is None:
            return None
        return prepared.max_answer_tokens * CHARACTERS_PER_TOKEN - (self._output.length - self.length_before)

    def parameters(self, asked: Mapping[str, Any]) -> dict[str, Any]:
        """Those of the whole answer, for the last of its requests was `asked` with these."""
        return {name: self._bound if name == BOUND and self._bound is not None else value for name, value in asked.items()}


def _last_kind(message: Message) -> str:
    return str(message.parts[-1]["type"]) if message.parts else ""
