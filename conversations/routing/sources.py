"""Who can answer, as plain values: providers with their keys, and the models that they offer."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from urllib.parse import urlsplit

from conversations.models import Origin
from conversations.providers import capabilities
from conversations.providers.endpoint import Endpoint
from conversations.usage.ledger.prices import Price

FREE = Price(Decimal(0), Decimal(0), Decimal(0), Decimal(0))


def can(model: str, ability: str, told: bool | None = None) -> bool:
    """Whether it has this ability, by the name that `Capabilities` gives it. What an administrator told counts more than its name."""
    return bool(getattr(capabilities.by_name(model), ability)) if told is None else told


@dataclass(frozen=True, slots=True)
class Key:
    id: uuid.UUID
    label: str
    secret: str = field(repr=False)
    cooling_until: datetime | None = None
    refused: bool = False
    trouble: str = ""
    """The kind of error for which it cools down."""


@dataclass(frozen=True, slots=True)
class Offer:
    """A model at a provider, as its row has it; `upstream` is its name there."""

    name: str
    upstream: str
    hidden: bool = False
    window: int | None = None
    takes_temperature: bool | None = None
    efforts: tuple[str, ...] | None = None
    price: Price | None = None
    shutdown_date: date | None = None
    """The day on which the provider shuts it down, where that is known."""
    takes_images: bool | None = None
    takes_documents: bool | None = None
    hears: bool | None = None
    draws: bool | None = None
    draws_in_answers: bool | None = None
    transcribes: bool = False
    """It makes text of recordings, so it is never asked for an answer unless it is named."""
    embeds: bool = False
    """It makes vectors of texts, and is never asked for an answer either."""
    speaks: bool = False
    """It reads texts aloud, which is as far from an answer."""
    speech_to_speech: bool = False
    """It can be talked with through the Realtime API."""

    @property
    def gives_answers(self) -> bool:
        """Whether it is asked for them where no model is named."""
        return not (self.is_for_no_chat or self.makes_pictures)

    @property
    def is_for_no_chat(self) -> bool:
        """Whether it can give no answer at all."""
        return self.transcribes or self.speaks or self.embeds or can(self.upstream, "speech_to_speech")  # by its name; others may do both

    @property
    def makes_pictures(self) -> bool:
        """Whether it is known to, and so gives no answers."""
        return can(self.upstream, "draws", self.draws)

    @property
    def takes_sound(self) -> bool:
        """Whether it is known to hear."""
        return can(self.upstream, "hears", self.hears)

    def draws_amid(self, endpoint: Endpoint) -> bool:
        """Whether it is known to draw amid an answer of this endpoint: only the Responses API has a tool for it."""
        return endpoint.api == "responses" and can(self.upstream, "draws_in_answers", self.draws_in_answers)


@dataclass(frozen=True, slots=True)
class Source:
    """An enabled provider. Without `keys_needed` it is asked without a key."""

    id: uuid.UUID
    name: str
    origin: str
    base_url: str
    price_list: str
    endpoint: Endpoint | None
    """Without key and, perhaps, model; None for the built-in model, whose address is known once it runs."""
    default_model: str
    keys: tuple[Key, ...]
    keys_needed: bool
    offers: tuple[Offer, ...]
    switched_off: frozenset[str]
    """Names of models that it has, but that are not to be asked for."""
    told_shutdown_dates: Mapping[str, date] = field(default_factory=dict)
    """By the provider's names for models."""
    reconnects: bool = True
    """Whether an answer that breaks off here goes on by itself."""

    @property
    def told(self) -> str:
        """Which it is and what it is asked for, in a few words."""
        if self.origin == Origin.ADMIN:
            return self.name
        return f"{urlsplit(self.base_url).hostname or self.name} ({self.default_model or 'its first model'})"

    @property
    def takes_any_model(self) -> bool:
        """The settings name a server, not its models: it is asked for whatever a prompt names."""
        return self.origin != Origin.ADMIN

    @property
    def has_models(self) -> bool:
        """Whether there is a model that it can be asked for an answer."""
        return self.takes_any_model or any(offer.gives_answers for offer in self.offers) or self.offer("") is not None

    def offer(self, model: str) -> Offer | None:
        """Its offer of this model, or of its default one where `model` is ""; None where it has none."""
        if not model:
            model = self.default_model or next((offer.name for offer in self.offers if offer.gives_answers), "")
        found = next((offer for offer in self.offers if offer.name == model), None)
        if found is None and model not in self.switched_off and (self.takes_any_model or (model and model == self.default_model)):
            day, is_built_in = self.told_shutdown_dates.get(model), self.origin == Origin.BUILT_IN
            price, sees = (FREE, False) if is_built_in else (None, None)
            return Offer(
                model,
                model,
                price=price,
                shutdown_date=day,
                takes_images=sees,
                transcribes=can(model, "transcribes"),
                speaks=can(model, "speaks"),
                embeds=can(model, "embeds"),
                speech_to_speech=can(model, "speech_to_speech"),
            )
        return found
