"""What is dictated costs what the price list says, by the second or by the token; what isn't known is never free."""

from decimal import Decimal

import pytest

from conversations.models import NANO
from conversations.usage.ledger import audio_prices
from conversations.usage.ledger.prices import Price, Tokens

OPENAI = "https://api.openai.com/v1"
OWN = Price(Decimal(2), None, Decimal(20), None)


@pytest.mark.parametrize(
    ("model", "tokens", "audio", "seconds", "price", "dollars"),
    [
        ("whisper-1", Tokens(), None, 60.0, None, 0.006),
        ("gpt-4o-mini-transcribe", Tokens(input=1000, output=100), 900, None, None, (100 * 1.25 + 900 * 3 + 100 * 5) / 1e6),
        ("gpt-4o-mini-transcribe", Tokens(input=1000, output=100), None, None, OWN, (1000 * 2 + 100 * 20) / 1e6),
        ("whisper-1", Tokens(), None, 60.0, OWN, 0.006),
        ("whisper-1", Tokens(), None, None, None, None),
        ("gpt-4o-mini-transcribe", Tokens(), None, 60.0, None, None),
        ("a-model-of-our-own", Tokens(), None, 60.0, None, None),
    ],
)
def test_a_recording_costs_what_is_known(
    model: str, tokens: Tokens, audio: int | None, seconds: float | None, price: Price | None, dollars: float | None
) -> None:
    found = audio_prices.cost(tokens._replace(input_audio=audio), seconds, model, OPENAI, "", price)
    assert found == (None if dollars is None else round(dollars * NANO))


@pytest.mark.parametrize(
    ("model", "least"),
    [("whisper-1", 6_000_000), ("gpt-4o-mini-transcribe", 600 * 3_000 + 300 * 5_000), ("gpt-transcribe", 2_000_000)],
)
def test_no_less_is_reserved_than_it_costs(model: str, least: int) -> None:
    most = audio_prices.most(60, model, OPENAI, "", None)
    assert most is not None
    assert most >= least


@pytest.mark.parametrize(
    ("model", "own", "nanodollars"),
    [
        ("tts-1", None, 7 * 15_000),  # by the character
        ("gpt-4o-mini-tts", None, 4 * 600 + 11 * 12_000),  # by the token
        ("tts-1", OWN, 4 * 2_000 + 11 * 20_000),
        ("unheard-of", None, None),
    ],
)
def test_reading_aloud_is_priced_by_what_the_list_has_a_price_of(model: str, own: Price | None, nanodollars: int | None) -> None:
    tokens = audio_prices.spoken("The sky")
    assert (tokens.input, tokens.output) == (4, 11)
    assert audio_prices.cost_of_speech("The sky", tokens, model, "https://api.openai.com/v1", "", own) == nanodollars
    assert audio_prices.cost_of_speech("The sky", tokens, model, "http://localhost:8000/v1", "", None) is None
