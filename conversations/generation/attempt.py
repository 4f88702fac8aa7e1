"""One attempt: one request upstream, read to its end, whose outcome is reported to the log and to routing."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from dataclasses import replace
from typing import TYPE_CHECKING

from conversations.generation.continuation.seam import Seam
from conversations.models import OK
from conversations.providers import finish_reasons
from conversations.providers.errors import ProviderError
from conversations.providers.parts import Delta, Finish, Part, Picture, Source, Usage, WasReasoning
from conversations.routing import outcomes, rejected_parameters
from conversations.usage.ledger.prices import Tokens
from conversations.usage.ledger.token_estimate import of_attempt
from conversations.usage.ledger.units import NO_UNITS, Units, picture_form

from . import drawing, pictures, token_usage
from .attempt_log import CUT, AttemptLog, tokens_of

if TYPE_CHECKING:
    from conversations.providers.request import Request
    from conversations.providers.streams import Stream
    from conversations.routing.routes import Route

    from .throttle import Throttle
    from .upstream import Upstream

MAX_ANSWER_CHARACTERS = 32 * 1024 * 1024

Shown = Delta | WasReasoning | Picture | Source


class Attempt:
    """Requests the answer to `request` over `route`, or takes up its stream, which the provider keeps for us.

    `upstream.position` is always the one after the last delta. `prompt_tokens` is the estimate that counts where no usage comes; a stream
    that is taken up has said `characters_before`.
    """

    def __init__(
        self, route: Route, request: Request, log: AttemptLog, upstream: Upstream, *, prompt_tokens: int, characters_before: int = 0
    ) -> None:
        self.usage: Usage | None = None
        self.is_estimated = False
        """Whether `usage` is, in part at least: what the provider counted could not be used."""
        self.finish_reason = ""
        self._route, self._request, self._log = route, request, log
        self._upstream, self._prompt_tokens, self._characters_before = upstream, prompt_tokens, characters_before
        self._characters = self._pictures = 0
        self._after = ""
        self._stream: Stream | None = None

    def leave_running(self) -> None:
        """Have the provider continue when this is cancelled now: another process takes up its stream."""
        if self._stream is not None:
            self._stream.leave_running = self._upstream.position is not None  # without a position no process could

    async def deltas(
        self,
        throttle: Throttle | None = None,
        *,
        seam: Seam | None = None,
        after: str = "",
        max_characters: int,
        cut_after: float | None = None,
    ) -> AsyncGenerator[Shown]:
        """The deltas to show, as they come, and what turned out to be reasoning. Afterwards `finish_reason` and `usage` are known.

        `seam` joins them to the earlier output, which ends in a part of the kind `after`. More than `max_characters` are an error; at
        `cut_after` characters the answer ends as at a limit of the provider's. Raises ProviderError.
        """
        from conversations.providers.opening import open_stream  # here, for the SDK takes long to load; see `serve`

        assert self._route.endpoint is not None
        self._after = after
        self._log.begin(self._route)
        said = self._log.keep_content(self._request)
        request = self._request
        if self._log.trace:
            request = replace(request, traceparent=self._log.traceparent)
        if request.about:
            request = replace(request, about={**request.about, "attempt": str(self._log.told_id())})
        self._stream = stream = open_stream(self._route.endpoint, request, self._upstream.position)
        try:
            async with stream:
                async for parts in stream:
                    before = self._characters
                    for part in parts:
                        for shown in self._take(part, seam):
                            if isinstance(shown, Delta):
                                self._characters += len(shown.text)
                            if said is not None:
                                _keep(shown, said)
                            yield shown
                    # Not while the seam holds text back: another process would never get it.
                    self._upstream.position = stream.position if seam is None or seam.over else None
                    if throttle is not None and self._characters != before:
                        throttle.hold(stream)
                    if self._characters > max_characters:
                        raise ProviderError("interrupted", cause=f"The answer was longer than {MAX_ANSWER_CHARACTERS:,} characters.")
                    if cut_after is not None and self._characters >= cut_after:
                        self.finish_reason = finish_reasons.LENGTH
                        break  # leaving closes the connection
        except ProviderError as error:
            if seam is None or seam.over:
                self._upstream.position = stream.position  # it may have begun without a delta
            self._end(error.kind, stream, error)
            raise
        except BaseException:
            self._end(CUT, stream)
            if self._characters or self._pictures:
                outcomes.succeeded(self._route)
            else:
                outcomes.released(self._route)
            raise
        finally:
            self._stream = None
            rejected_parameters.remember(self._route.endpoint, stream.rejected)
        self._end(self.finish_reason if self.finish_reason == finish_reasons.CONTENT_FILTER else OK, stream)
        outcomes.succeeded(self._route)

    def _take(self, part: Part, seam: Seam | None) -> tuple[Shown, ...]:
        """What is to be shown of a part."""
        if isinstance(part, Source):
            return (part,)
        if isinstance(part, Picture):
            self._log.token_came()
            self._pictures += not part.is_partial
            held = _text(seam.close()) if seam is not None and not seam.over and not part.is_partial else ()
            return (*held, part)
        if isinstance(part, Delta):
            self._log.token_came()
            if self._after and part.kind == "reasoning":
                return self._reasoning_again(part)
            if seam is None or part.kind != "text":
                return (part,) if part.text else ()
            return _text(seam.feed(part.text))
        if isinstance(part, WasReasoning):
            if seam is None:
                return (part,)
            # What it begins to say now is the continuation. Of the thoughts before it, the seam may have left some out.
            rest = seam.begin_again()
            return (*_text(rest), WasReasoning(self._characters + len(rest)))
        if isinstance(part, Usage):
            self.usage = part
        elif isinstance(part, Finish):
            self.finish_reason = part.reason
            if seam is not None and not seam.over:
                return _text(seam.close())
        return ()

    def _reasoning_again(self, part: Delta) -> tuple[Delta, ...]:
        """Reasoning about how to continue is left out amid the text. Reasoning that broke off is followed by the new one as a paragraph."""
        if self._after != "reasoning" or not part.text:
            return ()
        self._after = ""
        return (Delta(part.kind, f"\n\n{part.text}"),)

    def _end(self, outcome: str, stream: Stream, error: ProviderError | None = None) -> None:
        tokens, estimated, units = Tokens(), False, NO_UNITS
        characters = self._characters_before + self._characters
        is_over = self._upstream.position is None or bool(self.finish_reason)  # a stream that continues upstream is counted when it ends
        if self._request.wish is not None:
            if self.usage is not None or stream.is_open:
                self.usage, self.is_estimated = pictures.checked(self.usage, self._request, self._prompt_tokens)
                tokens, estimated = tokens_of(self.usage, stream.image_tokens), self.is_estimated
                units = pictures.units(self._request.wish, self._pictures or self._request.wish.number)  # what breaks off is charged for
        elif self.usage is not None:
            assert self._route.endpoint is not None
            self.usage, self.is_estimated = token_usage.checked(
                self.usage, prompt_tokens=self._prompt_tokens, characters=characters, window=self._route.endpoint.context_window
            )
            tokens, estimated = tokens_of(self.usage, sound=stream.audio_tokens), self.is_estimated
        elif stream.is_open and is_over:
            tokens, estimated = of_attempt(self._prompt_tokens, characters), True
        if tokens.input is not None and self._request.wish is None:
            units = self._log.given
        if (drawn := stream.drawn) is not None and drawn.calls and is_over and self._request.drawing is not None:
            taken, is_guessed = drawing.tokens_of(drawn)
            made = Units(pictures=drawn.calls, picture_form=picture_form(drawn.size, drawn.quality))
            self._log.add_pictures(drawing.made_by(self._route.source, self._request.drawing), taken, made, estimated=is_guessed)
        characters = self._characters
        self._log.end(outcome, stream=stream, error=error, characters=characters, tokens=tokens, estimated=estimated, units=units)


def _keep(shown: Shown, said: list[str]) -> None:
    """For its trace: the text of the answer alone."""
    if isinstance(shown, WasReasoning):
        said.clear()
    elif isinstance(shown, Delta) and shown.kind == "text":
        said.append(shown.text)


def _text(text: str) -> tuple[Delta, ...]:
    return (Delta("text", text),) if text else ()
