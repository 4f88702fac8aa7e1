"""What audio costs: by the token, by the second, or by the character. Unknown stays unknown."""

from __future__ import annotations

import logging
import math
from decimal import ROUND_HALF_UP, Decimal

from conversations.models import NANO
from conversations.providers import model_data

from . import prices
from .prices import Price, Tokens
from .token_estimate import tokens_read
from .units import Units, milliseconds

log = logging.getLogger(__name__)

TOKENS_PER_SECOND = 10
"""Of audio that is heard, as OpenAI counts it: https://platform.openai.com/docs/guides/realtime-costs."""
TOKENS_SAID_PER_SECOND = 5
"""Of text in a second of fast speech."""
TOKENS_SPOKEN_PER_BYTE = 1.5
"""Of audio that is made, by the text's bytes: OpenAI has some 1,250 in a minute. Scripts that say more with a character have more bytes."""
BYTES_SPOKEN_PER_SECOND = 15


def cost(tokens: Tokens, seconds: float | None, model: str, base_url: str, price_list: str, price: Price | None) -> int | None:
    """Of sound that was heard, in nanodollars; None where the price, or what was taken, is unknown.

    An administrator's `price` wins, that of minutes before that of tokens. Else genai-prices is asked, which has prices of seconds, too.
    """
    if price is not None and (known := price.of_units(Units(heard_ms=milliseconds(seconds)))) is not None:
        return known
    if price is not None and price.is_known and (tokens.input is not None or tokens.output is not None):
        return prices.cost(tokens, model, base_url, price_list, price)
    if tokens.input is None and seconds is None:
        return None
    used: dict[str, float | Decimal] = {}
    if tokens.input is not None:
        used = {
            "input_tokens": tokens.input,
            "output_tokens": tokens.output or 0,
            "input_audio_tokens": min(tokens.input_audio or 0, tokens.input),
        }
    elif seconds is not None:
        used = {"audio_seconds": Decimal(str(seconds)), "input_audio_seconds": Decimal(str(seconds))}
    return _looked_up(used, model, base_url, price_list)


def heard(seconds: int) -> Tokens:
    """What is read of a recording of so many seconds, estimated."""
    read = TOKENS_PER_SECOND * seconds
    return Tokens(input=read, input_audio=read)


def spoken(text: str, beside: str = "") -> Tokens:
    """What reading this text aloud takes, estimated, for servers count nothing of it. `beside`: instructions, which are read, too."""
    read = tokens_read(text) + (tokens_read(beside) if beside else 0)
    made = math.ceil(TOKENS_SPOKEN_PER_BYTE * _bytes(text))
    return Tokens(input=read, output=made, output_audio=made)


def units_spoken(text: str) -> Units:
    """What of a text that is read aloud is counted beside tokens; how long that takes is estimated."""
    return Units(spoken_characters=len(text), spoken_ms=1000 * _bytes(text) // BYTES_SPOKEN_PER_SECOND)


def cost_of_speech(text: str, tokens: Tokens, model: str, base_url: str, price_list: str, price: Price | None) -> int | None:
    """In nanodollars, by the administrator's `price`, else by what the list has a price of: characters, time or tokens."""
    if price is not None and (known := price.of_units(units_spoken(text))) is not None:
        return known
    if price is not None and price.is_known:
        return prices.cost(tokens, model, base_url, price_list, price)
    seconds = Decimal(_bytes(text)) / BYTES_SPOKEN_PER_SECOND
    ways: tuple[dict[str, float | Decimal], ...] = (
        {"input_characters": len(text)},
        {"audio_seconds": seconds, "output_audio_seconds": seconds},
        {"input_tokens": tokens.input or 0, "output_tokens": tokens.output or 0, "output_audio_tokens": tokens.output or 0},
    )
    found = (_looked_up(used, model, base_url, price_list) for used in ways)
    return next((one for one in found if one is not None), None)


def cost_of_talk(tokens: Tokens, cached_audio: int, model: str, base_url: str, price_list: str, price: Price | None) -> int | None:
    """Of an answer in speech to speech, in nanodollars. `cached_audio`: so much of what is cached is audio, with a price of its own."""
    if price is not None and price.is_known:
        return prices.cost(tokens, model, base_url, price_list, price)
    if tokens.input is None and tokens.output is None:
        return None
    read, made, cached = tokens.input or 0, tokens.output or 0, min(tokens.cached or 0, tokens.input or 0)
    heard = min(tokens.input_audio or 0, read)
    used: dict[str, float | Decimal] = {
        "input_tokens": read,
        "input_audio_tokens": heard,
        "cache_read_tokens": cached,
        "cache_audio_read_tokens": min(cached_audio, heard, cached),
        "output_tokens": made,
        "output_audio_tokens": min(tokens.output_audio or 0, made),
    }
    return _looked_up(used, model, base_url, price_list)


def _bytes(text: str) -> int:
    return len(text.encode("utf-8", "replace"))


def _looked_up(used: dict[str, float | Decimal], model: str, base_url: str, price_list: str) -> int | None:
    if (place := model_data.whose(model, base_url, price_list)) is None:
        return None
    from genai_prices import Usage, calc_price  # here, for it takes a moment to load

    try:
        dollars = calc_price(Usage(**used), model_ref=model, **place).total_price
    except LookupError:
        return None
    except Exception:
        log.exception("The price of audio with %s could not be looked up", model)
        return None
    return int((dollars * NANO).to_integral_value(ROUND_HALF_UP)) or None  # what has no price for this isn't free


def tokens_of(seconds: int) -> tuple[int, int]:
    """What a recording of so many seconds takes at most: input and output."""
    return TOKENS_PER_SECOND * seconds, TOKENS_SAID_PER_SECOND * seconds


def most(seconds: int, model: str, base_url: str, price_list: str, price: Price | None) -> int | None:
    """What a recording of so many seconds costs at most, in nanodollars, by whichever unit has a price; None where that is unknown."""
    heard, said = tokens_of(seconds)
    by_token = cost(Tokens(input=heard, output=said, input_audio=heard), None, model, base_url, price_list, price)
    by_second = cost(Tokens(), float(seconds), model, base_url, price_list, price)
    return max((one for one in (by_token, by_second) if one is not None), default=None)
