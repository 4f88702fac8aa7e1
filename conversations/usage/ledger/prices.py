"""What attempts cost, by tokens or by other units. Unknown stays unknown: a price that is not known is never taken for nothing."""

from __future__ import annotations

import logging
from datetime import UTC, datetime
from decimal import ROUND_HALF_UP, Decimal
from typing import Any, NamedTuple

from conversations.models import NANO, Model
from conversations.providers import model_data

from .units import NO_UNITS, Units

log = logging.getLogger(__name__)

COLUMNS = {
    "input": "input",
    "cached": "cached",
    "output": "output",
    "reasoning": "reasoning",
    "audio_input": "audio_input",
    "audio_output": "audio_output",
    "minute": "minute",
    "characters": "character",
}
"""By the name of a rate: the column `…_price` of a model."""
MILLION = 1_000_000
MILLISECONDS_PER_MINUTE = 60_000
MINUTES_PER_HOUR = 60
PARTS_OF_FORM = 2
"""Of a picture's: its size and its quality."""


class Tokens(NamedTuple):
    """What an attempt took, as the provider counts: cached are part of the input, reasoning is part of the output."""

    input: int | None = None
    cached: int | None = None
    output: int | None = None
    reasoning: int | None = None
    read_images: int | None = None
    """Of the input, and `made_images` of the output: providers may ask another price for them."""
    made_images: int | None = None
    input_audio: int | None = None
    """Of the input, and `output_audio` of the output: sound has a price of its own, too."""
    output_audio: int | None = None


class Price(NamedTuple):
    """US dollars per million tokens, as an administrator wrote them down. What is None goes at the rate that contains it."""

    input: Decimal | None = None
    cached: Decimal | None = None
    output: Decimal | None = None
    reasoning: Decimal | None = None
    audio_input: Decimal | None = None
    audio_output: Decimal | None = None
    minute: Decimal | None = None
    """Of a minute of sound that is heard or made."""
    characters: Decimal | None = None
    """Of a million characters that are read aloud."""
    pictures: tuple[tuple[str, Decimal], ...] = ()
    """Of one picture, by its form: “1024x1024 high”, only one of the two, or “” for all others."""

    @property
    def is_known(self) -> bool:
        """Of tokens."""
        return self.input is not None and self.output is not None

    def of_units(self, units: Units) -> int | None:
        """Nanodollars; None where none of these units has a price."""
        if units.pictures is not None and (each := self._of_picture(units.picture_form)) is not None:
            return _nano(each * units.pictures)
        if self.minute is not None and units.sound_ms:
            return _nano(self.minute * units.sound_ms / MILLISECONDS_PER_MINUTE)
        if self.characters is not None and units.spoken_characters is not None:
            return _nano(self.characters * units.spoken_characters / MILLION)
        return None

    def _of_picture(self, form: str) -> Decimal | None:
        """The dearest that it may be where something of its form was left to the model."""
        rates = dict(self.pictures)
        parts = form.split()
        found = next((rates[one] for one in (form, *parts, "") if one in rates), None)
        return max(rates.values(), default=None) if found is None and len(parts) < PARTS_OF_FORM else found


def own_price(model: Model) -> Price | None:
    """As an administrator wrote it down with this model; None where nothing is."""
    rates: dict[str, Any] = {name: getattr(model, f"{column}_price") for name, column in COLUMNS.items()}
    pictures = tuple((form, Decimal(dollars)) for form, dollars in model.picture_prices.items())
    return Price(**rates, pictures=pictures) if pictures or any(rate is not None for rate in rates.values()) else None


def cost(
    tokens: Tokens, model: str, base_url: str, price_list: str = "", price: Price | None = None, units: Units = NO_UNITS
) -> int | None:
    """In nanodollars; None where the price, or what was taken, is unknown.

    An administrator's `price` wins, that of units before that of tokens. Else genai-prices is asked for the model at the provider with this
    address, or in the named list.
    """
    if price is not None and (known := price.of_units(units)) is not None:
        return known
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
    rates: dict[str, Any] = {name: _first(getattr(listed, field, None)) for name, field in _LISTED.items()}
    hours = (_first(getattr(listed, field, None)) for field in ("audio_hours", "input_audio_hours", "output_audio_hours"))
    hour = next((one for one in hours if one is not None), None)
    price = Price(**rates, minute=None if hour is None else hour / MINUTES_PER_HOUR)
    return price if any(rate is not None for rate in price[:-1]) else None


_LISTED = {
    "input": "input_mtok",
    "cached": "cache_read_mtok",
    "output": "output_mtok",
    "audio_input": "input_audio_mtok",
    "audio_output": "output_audio_mtok",
    "characters": "input_mchars",
}


def _first(rate: object) -> Decimal | None:
    rate = getattr(rate, "base", rate)  # of prices in tiers
    return rate if isinstance(rate, Decimal) else None


def _at(price: Price, tokens: Tokens) -> int:
    assert price.input is not None
    assert price.output is not None
    cached = min(tokens.cached or 0, tokens.input or 0)
    heard = min(tokens.input_audio or 0, (tokens.input or 0) - cached)
    reasoning = min(tokens.reasoning or 0, tokens.output or 0)
    spoken = min(tokens.output_audio or 0, (tokens.output or 0) - reasoning)
    dollars = (
        price.input * ((tokens.input or 0) - cached - heard)
        + (price.input if price.cached is None else price.cached) * cached
        + (price.input if price.audio_input is None else price.audio_input) * heard
        + price.output * ((tokens.output or 0) - reasoning - spoken)
        + (price.output if price.reasoning is None else price.reasoning) * reasoning
        + (price.output if price.audio_output is None else price.audio_output) * spoken
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
        **_of_media(tokens),
    )
    try:
        return _nano(calc_price(usage, model_ref=model, **place).total_price)
    except LookupError:
        return None
    except Exception:
        log.exception("The price of %s could not be looked up", model)
        return None


def _of_media(tokens: Tokens) -> dict[str, int]:
    """What of input and output has prices of its own. Of cached tokens it isn't told what they are: they are counted as text."""
    read = max(0, (tokens.input or 0) - (tokens.cached or 0))
    counted = {
        "input_image_tokens": (tokens.read_images, read),
        "output_image_tokens": (tokens.made_images, tokens.output),
        "input_audio_tokens": (tokens.input_audio, read),
        "output_audio_tokens": (tokens.output_audio, tokens.output),
    }
    found = {name: min(number, whole or 0) for name, (number, whole) in counted.items() if number}
    return {**found, "cache_image_read_tokens": 0, "cache_audio_read_tokens": 0} if found and tokens.cached else found


def _nano(dollars: Decimal) -> int:
    return int((dollars * NANO).to_integral_value(ROUND_HALF_UP))
