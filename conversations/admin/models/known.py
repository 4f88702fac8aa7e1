"""What is known of a model without its row, in words, beside what the row says."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

from django.utils.html import format_html

from conversations.models import Model, Provider
from conversations.providers import capabilities
from conversations.providers.capabilities import Capabilities
from conversations.usage.ledger import amounts, prices
from conversations.usage.ledger.prices import Price

UNKNOWN = "unknown"


def capabilities_of(model: Model, provider: Provider) -> Capabilities:
    return capabilities.known(model.upstream_name, provider.base_url, provider.price_list)


def price_of(model: Model, provider: Provider) -> Price | None:
    return prices.known(model.upstream_name, provider.base_url, provider.price_list)


def told_shutdown_date(model: Model) -> date | None:
    """As the provider's list of models says."""
    told = model.provider.told_shutdown_dates.get(model.upstream_name)
    return date.fromisoformat(told) if told else None


def shutdown_date(model: Model) -> date | None:
    return model.shutdown_date or told_shutdown_date(model)


def words(value: Any) -> str:
    """A capability, as it is shown."""
    if value is None:
        return UNKNOWN
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int):
        return f"{value:,}"
    return ", ".join(value) or "no"


def beside(own: Any, known: Any) -> str:
    """The sentence that stands by a field: what is known, and whether the row corrects it."""
    if known is None:
        return "Otherwise unknown."
    same = own is None or (list(own) == list(known) if isinstance(known, tuple) else own == known)
    return _known(words(known), same)


def price_beside(own: Decimal | None, known: Decimal | None) -> str:
    return "Otherwise unknown." if known is None else _known(amounts.exact_dollars(known), own in (None, known))


def _known(shown: str, same: bool) -> str:
    return f"Known: {shown}." if same else format_html("Known otherwise: {}. <strong>Corrected here.</strong>", shown)


def dollars(price: Price) -> str:
    """Such as “$0.75 in, $0.075 cached, $4.50 out”, per million tokens; and what is paid for by other units."""
    parts = (
        *((price.input, "in"), (price.cached, "cached"), (price.output, "out"), (price.reasoning, "reasoning")),
        *((price.audio_input, "audio in"), (price.audio_output, "audio out"), (price.minute, "a minute")),
        (price.characters, "per million characters"),
        (min((each for _, each in price.pictures), default=None), "a picture"),
    )
    cheapest = "from " if len(price.pictures) > 1 else ""
    return ", ".join(
        f"{cheapest if label == 'a picture' else ''}{amounts.exact_dollars(value)} {label}" for value, label in parts if value is not None
    )
