"""An answer that comes from a talk, as a reply pulls it: its transcript is its text, and what it took is told when it is over."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable
from typing import TYPE_CHECKING, Any

from conversations.models import OK, AttemptKind, Message
from conversations.providers.errors import ProviderError
from conversations.providers.parts import Delta
from conversations.usage.ledger import audio_prices
from conversations.usage.ledger.prices import Tokens
from conversations.usage.ledger.units import Units

from . import spoken_estimates
from .attempt_log import CUT, AttemptLog
from .attempt_loop import Finished

if TYPE_CHECKING:
    from conversations.providers.realtime_events import Usage
    from conversations.routing.routes import Route

USAGE_SECONDS = 1.5
"""An answer that was interrupted waits so long for what it took."""


class SpokenAnswer:
    """In the place of an attempt loop. The talk says what comes; `interrupt` is called where the reply is to end before that."""

    upstream: dict[str, Any] | None = None
    """No other process can take up what is spoken here."""
    left_to_others = False

    def __init__(self, message: Message, route: Route, interrupt: Callable[[], None]) -> None:
        self.model, self.parameters = message.model, message.parameters
        self.finish_reason = self.note = ""
        self.log = AttemptLog(0, message.pk, AttemptKind.TALK)
        self.usage_json: dict[str, Any] | None = None
        self._interrupt, self._route = interrupt, route
        self._read = spoken_estimates.read_for(message)
        self._said: list[str] = []
        self._steps: asyncio.Queue[Delta | Finished | ProviderError] = asyncio.Queue()
        self._usage: Usage | None = None
        self._over = asyncio.Event()
        self._was_heard = False
        self.is_wanted = True
        """False once the reply is stopped: what the provider still says of it is not heard."""
        self._milliseconds = 0.0
        self.log.begin(route)

    # What the talk says

    @property
    def was_heard(self) -> bool:
        """Whether anything of it came: then no other attempt may take its place."""
        return self._was_heard

    @property
    def is_over(self) -> bool:
        return self._over.is_set()

    @property
    def read(self) -> spoken_estimates.Read:
        return self._read

    def sound_came(self, seconds: float) -> None:
        self._was_heard = True
        self._milliseconds += 1000 * seconds
        self.log.token_came()

    def say(self, text: str) -> None:
        """More of its transcript."""
        self.sound_came(0)
        self._said.append(text)
        self._steps.put_nowait(Delta("text", text))

    def failed(self, error: ProviderError, route: Route) -> None:
        """Nothing of it came, and it is asked for again on another way."""
        self._end_attempt(error.kind, error)
        self._route = route
        self.log.begin(route)

    def finish(self, reason: str, usage: Usage | None) -> None:
        self._usage = usage
        self._steps.put_nowait(Finished(reason))
        self._over.set()

    def interrupted(self, usage: Usage | None) -> None:
        """It was cancelled, as is known now, and took this."""
        self._usage = usage
        self._over.set()

    def fail(self, error: ProviderError, usage: Usage | None = None) -> None:
        self._usage = usage
        self._steps.put_nowait(error)
        self._over.set()

    # What the reply asks

    def end(self) -> None:
        """The reply is stopped. Its task is cancelled right after."""
        self.is_wanted = False
        if not self._over.is_set():
            self._interrupt()

    leave = end

    async def steps(self) -> AsyncGenerator[Delta | Finished]:
        """Raises ProviderError where it fails."""
        outcome, failure = CUT, None
        try:
            while True:
                step = await self._steps.get()
                if isinstance(step, ProviderError):
                    outcome, failure = step.kind, step
                    raise step
                if isinstance(step, Finished):
                    outcome, self.finish_reason = OK, step.reason
                    yield step
                    return
                yield step
        except asyncio.CancelledError:
            await asyncio.wait([waiting := asyncio.ensure_future(self._over.wait())], timeout=USAGE_SECONDS)
            waiting.cancel()
            raise
        finally:
            self._end_attempt(outcome, failure)
            self._over.set()  # also where the provider never says so

    def _end_attempt(self, outcome: str, error: ProviderError | None) -> None:
        said, usage, took, cached_audio = "".join(self._said), self._usage, True, 0
        if usage is not None:
            tokens = Tokens(usage.input, usage.cached, usage.output, input_audio=usage.audio_input, output_audio=usage.audio_output)
            cached_audio = usage.audio_cached
        elif error is not None and not self._was_heard:
            tokens, took = Tokens(), False
        else:
            tokens = spoken_estimates.of_text(self._read, said)
        units, estimated = Units(spoken_ms=round(self._milliseconds) or None), took and usage is None
        self.log.end(outcome, stream=None, error=error, characters=len(said), tokens=tokens, estimated=estimated, units=units)
        if not took:
            return
        source, offer = self._route.source, self._route.offer
        place = offer.upstream, source.base_url, source.price_list, offer.price
        self.log.done[-1].known_cost = audio_prices.cost_of_talk(tokens, cached_audio, *place)
        self.usage_json = {
            "input_tokens": tokens.input,
            "cached_tokens": tokens.cached,
            "output_tokens": tokens.output,
            "reasoning_tokens": None,
            "input_audio_tokens": tokens.input_audio,
            "output_audio_tokens": tokens.output_audio,
            "estimated": usage is None,
        }
