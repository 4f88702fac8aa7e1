"""What a server sends as it answers, read up to the answer's end: whether it is complete, broke off or failed."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, cast

from . import finish_reasons
from .answer import Answer
from .errors import ProviderError
from .parts import Finish, Part
from .wire_events import WireEvents


class Reading:
    """Of one body, into `answer`. `failure` is what ended it, and is kept until its deltas were taken."""

    def __init__(self, answer: Answer, events: WireEvents) -> None:
        self.answer, self.events = answer, events
        self.is_over = False
        self.failure: ProviderError | None = None
        self.request_id: str | None = None
        """The provider's own number for the request, which errors tell."""

    @property
    def is_finished(self) -> bool:
        """Whether the provider has said that the answer is over."""
        return self.answer.finish is not None

    def take(self, chunk: bytes) -> None:
        """More of the body. Raises ProviderError, as all of these."""
        self._consume(self.events.feed(chunk))
        if self.answer.over or self.events.done:
            self.end()

    def end(self) -> None:
        """The body is over, or nothing more of it is wanted."""
        self.is_over = True
        if self.failure is not None:
            return
        answer, events = self.answer, self.events
        if not answer.over and not events.done:
            self._consume(events.close())
        if answer.finish is None and events.done and answer.deltas.kinds:
            answer.finish = finish_reasons.STOP
        if answer.finish is None:
            raise ProviderError("interrupted", "The stream ended without saying that the answer is complete.", request_id=self.request_id)
        if finish_reasons.is_interruption(answer.finish):
            raise ProviderError("interrupted", f"The server ended the answer with “{answer.finish}”.", request_id=self.request_id)

    def time_out(self) -> None:
        """The server keeps the connection open, and says nothing more."""
        if self.is_finished:
            self.end()
        else:
            self.fail(ProviderError("timeout", "The server kept the connection open but said nothing.", request_id=self.request_id))

    def fail(self, error: ProviderError) -> None:
        self.is_over, self.failure = True, error

    def last_words(self) -> list[Part]:
        """What is left at the end, the usage and the finish."""
        words = [*cast("list[Part]", self.answer.deltas.drain())] if self.failure is None else []
        if self.answer.usage is not None:
            words.append(self.answer.usage)
        if self.failure is None:
            words.append(Finish(self._reason))
        return words

    def _consume(self, found: Iterator[dict[str, Any]]) -> None:
        answer, events = self.answer, self.events
        complete = self._is_complete
        try:
            for event in found:
                if events.is_document:
                    answer.read_whole(event)
                else:
                    answer.read(event)
                if answer.over:
                    break
                complete = answer.finish is not None and self._is_complete
        except ProviderError as error:
            if not complete and error.is_no_answer and answer.deltas.kinds:
                raise ProviderError("interrupted", error.cause, request_id=self.request_id) from None
            if not complete:
                raise
            answer.over = True  # only its usage won't come any more

    @property
    def _is_complete(self) -> bool:
        answer = self.answer
        return answer.finish is not None and not answer.may_go_on and not finish_reasons.is_interruption(answer.finish)

    @property
    def _reason(self) -> str:
        reason = self.answer.finish or finish_reasons.STOP
        is_calling = reason == finish_reasons.STOP and "tool_call" in self.answer.deltas.kinds
        return finish_reasons.TOOL_CALLS if is_calling else reason
