"""What tokens cost. Unknown stays unknown: a price that is not known is never taken for nothing."""

from __future__ import annotations

import logging
from datetime import UTC, datetime
from decimal import ROUND_HALF_UP, Decimal
from typing import NamedTuple

from conversations.models import NANO
from conversations.providers import model_data

log = logging.getLogger(__name__)

MILLION = 1_000_000


class Tokens(NamedTuple):
    """What a try took, as the provider counts: cached are part of the input, reasoning is part of the output."""

    input: int | None = None
    cached: int | None = None
    output: int | None = None
    reasoning: int | None = None
    read_images: int | None = None
    """Of the input, and `made_images` of the output: providers may ask another price for them."""
    made_images: int | None = None


class Price(NamedTuple):
    """US dollars per million tokens, as an administrator wrote them down. What is None goes at the rate that contains it."""

    input: Decimal | None = None
    cached: Decimal | None = None
    output: Decimal | None = None
    reasoning: Decimal | None = None

    @property
    def is_known(self) -> bool:
        return self.input is not None and self.output is not None


def cost(tokens: Tokens, model: str, base_url: str, price_list: str = "", price: Price | None = None) -> int | None:
    """In nanodollars; None where the price, or what was taken, is unknown.

    An administrator's `price` wins, else genai-prices is asked for the model at the provider with this address, or in the named list.
    """
    if tokens.input is None and tokens.output is None:
        return None
    if price is not None and price.is_known:
        return _at(price, tokens)
    return _looked_up(tokens, model, base_url, price_list)


def known(model: str, base_url: str, price_list: str = "") -> Price | None:
    """What genai-prices says that the model costs now; of prices that rise with the length, the first. None where it is unknown."""
    entry = model_data.found(model, base_url, price_list)
    if entry is None:
        return None
    listed = entry.get_prices(datetime.now(UTC))
    price = Price(*(_first(getattr(listed, field, None)) for field in ("input_mtok", "cache_read_mtok", "output_mtok")))
    return price if price.is_known else None


def _first(rate: object) -> Decimal | None:
    rate = getattr(rate, "base", rate)  # of prices in tiers
    return rate if isinstance(rate, Decimal) else None


def _at(price: Price, tokens: Tokens) -> int:
    assert price.input is not None
    assert price.output is not None
    cached = min(tokens.cached or 0, tokens.input or 0)
    reasoning = min(tokens.reasoning or 0, tokens.output or 0)
    dollars = (
        price.input * ((tokens.input or 0) - cached)
        + (price.input if price.cached is None else price.cached) * cached
        + price.output * ((tokens.output or 0) - reasoning)
        + (price.output if price.reasoning is None else price.reasoning) * reasoning
    ) / MILLION
    return _nano(dollars)


def _looked_up(tokens: Tokens, model: str, base_url: str, price_list: str) -> int | None:
    from genai_prices import Usage, calc_price  # here, for it takes a moment to load

    place = model_data.whose(model, base_url, price_list)
    if place is None:
        return None
    usage = Usage(
        input_tokens=tokens.input or 0,
        cache_read_tokens=min(tokens.cached or 0, tokens.input or 0) or None,
        output_tokens=tokens.output or 0,
        **_of_images(tokens),
    )
    try:
        return _nano(calc_price(usage, model_ref=model, **place).total_price)
    except LookupError:
        return None
    except Exception:
        log.exception("The price of %s could not be looked up", model)
        return None


def _of_images(tokens: Tokens) -> dict[str, int]:
    counted = {"input_image_tokens": (tokens.read_images, tokens.input), "output_image_tokens": (tokens.made_images, tokens.output)}
    return {name: min(images, whole or 0) for name, (images, whole) in counted.items() if images}


def _nano(dollars: Decimal) -> int:
    return int((dollars * NANO).to_integral_value(ROUND_HALF_UP))
