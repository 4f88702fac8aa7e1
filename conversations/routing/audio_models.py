"""Which model does what is asked of models of audio, and who can be asked for it. Synchronous; asks no provider."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from . import catalog
from .sources import Offer, Source


class AudioModels(NamedTuple):
    """Those that do one thing."""

    does_it: Callable[[Offer], bool]
    is_allowed: Callable[[], bool]
    named: Callable[[], str]
    """The model that the settings name; empty where they name none."""
    usual_at_openai: str
    """Asked where the settings name OpenAI itself and nothing else is set up."""

    def model(self) -> str:
        """What the settings name, else the first that is set up. "" where none does it, or it is switched off."""
        if not self.is_allowed():
            return ""
        sources = catalog.read().sources
        if named := self.named():
            return named if any(self.has(source, named) for source in sources) else ""
        rows = (offer.name for source in sources for offer in source.offers if self.does_it(offer))
        usual = (self.usual_at_openai for source in sources if self.has(source, self.usual_at_openai))
        return next(rows, "") or next(usual, "")

    def has(self, source: Source, model: str) -> bool:
        """Whether this provider can be asked for it.

        A server that takes any name is asked only for one that is set up, that the settings name, or that OpenAI is known to have.
        """
        if (offer := source.offer(model)) is None:
            return False
        if offer in source.offers:
            return self.does_it(offer) or model == self.named()
        is_openai = source.endpoint is not None and source.endpoint.is_openai
        return source.endpoint is not None and (model == self.named() or (is_openai and model == self.usual_at_openai))
