"""Pictures, sound and speech have prices of their own units: an administrator's, before those of tokens and of the list."""

from decimal import Decimal
from importlib import import_module
from types import SimpleNamespace
from typing import Any

import pytest
from django.apps import apps
from django.db import connection
from django.utils import timezone

from conversations.models import NANO, PersonalRollUp, User
from conversations.usage.ledger import audio_prices, prices
from conversations.usage.ledger.prices import Price, Tokens
from conversations.usage.ledger.units import Units, picture_form
from conversations.usage.reports.users import Use
from tests.support import ledger

OPENAI = "https://api.openai.com/v1"
TOKENS = Price(Decimal(2), Decimal(1), Decimal(8))
PICTURES = TOKENS._replace(
    pictures=(("1024x1024 high", Decimal("0.17")), ("1536x1024", Decimal("0.06")), ("low", Decimal("0.01")), ("", Decimal("0.04")))
)
SOUND = TOKENS._replace(minute=Decimal("0.006"), audio_input=Decimal(32), audio_output=Decimal(64))
SPOKEN = Price(characters=Decimal(15))


@pytest.mark.parametrize(
    ("price", "tokens", "units", "dollars"),
    [
        (PICTURES, Tokens(10, None, 4000), Units(pictures=2, picture_form="1024x1024 high"), 0.34),
        (PICTURES, Tokens(), Units(pictures=1, picture_form="1536x1024 medium"), 0.06),
        (PICTURES, Tokens(), Units(pictures=3, picture_form="512x512 low"), 0.03),
        (PICTURES, Tokens(), Units(pictures=1, picture_form="512x512 medium"), 0.04),
        (PICTURES._replace(pictures=PICTURES.pictures[:2]), Tokens(), Units(pictures=1), 0.17),  # the dearest that it may be
        (PICTURES._replace(pictures=PICTURES.pictures[:2]), Tokens(), Units(pictures=1, picture_form="9x9 auto"), 0.17),
        (PICTURES._replace(pictures=PICTURES.pictures[:2]), Tokens(), Units(pictures=1, picture_form="9x9 low"), None),
        (PICTURES, Tokens(100, None, 200), Units(), (100 * 2 + 200 * 8) / 1e6),
        (SOUND, Tokens(), Units(heard_ms=90_000), 0.009),
        (SOUND, Tokens(1000, 200, 300, None, None, None, 700, 100), Units(), (100 * 2 + 200 * 1 + 700 * 32 + 200 * 8 + 100 * 64) / 1e6),
        (TOKENS, Tokens(1000, None, 300, None, None, None, 700, 100), Units(), (1000 * 2 + 300 * 8) / 1e6),
        (SPOKEN, Tokens(40, None, 100), Units(spoken_characters=2000, spoken_ms=9), 0.03),
        (SPOKEN, Tokens(), Units(heard_ms=90_000), None),
    ],
)
def test_an_administrators_price_of_units_wins(price: Price, tokens: Tokens, units: Units, dollars: float | None) -> None:
    form = picture_form(*units.picture_form.split()) if units.picture_form else ""
    found = prices.cost(tokens, "a-model-of-our-own", "http://localhost:1/v1", "", price, units._replace(picture_form=form))
    assert found == (None if dollars is None else round(dollars * NANO))


@pytest.mark.parametrize(
    ("model", "rate", "dollars"),
    [
        ("whisper-1", "minute", 0.006),
        ("tts-1", "characters", 15),
        ("gpt-4o-mini-realtime-preview", "audio_input", 10),
        ("gpt-4o-mini-realtime-preview", "audio_output", 20),
    ],
)
def test_the_price_list_has_prices_of_units(model: str, rate: str, dollars: float) -> None:
    known = prices.known(model, OPENAI)
    assert known is not None
    assert getattr(known, rate) == pytest.approx(Decimal(str(dollars)))


def test_what_is_said_in_audio_tokens_costs_what_audio_does() -> None:
    """By the list: of 1,000 read tokens 200 were cached and 700 were sound, of 300 written ones 100."""
    tokens = Tokens(1000, 200, 300, None, None, None, 700, 100)
    found = prices.cost(tokens, "gpt-4o-mini-realtime-preview", OPENAI)
    assert found == round((100 * 0.6 + 200 * 0.3 + 700 * 10 + 200 * 2.4 + 100 * 20) / 1e6 * NANO)


def test_what_is_held_back_for_sound_is_by_the_same_price_as_it_costs() -> None:
    assert audio_prices.most(90, "a-model-of-our-own", "http://localhost:1/v1", "", SOUND._replace(input=None)) == round(0.009 * NANO)
    text = "x" * 2000
    assert audio_prices.cost_of_speech(text, audio_prices.spoken(text), "a-model-of-our-own", "http://localhost:1/v1", "", SPOKEN) == round(
        0.03 * NANO
    )


@pytest.mark.django_db
def test_past_attempts_are_told_apart_by_what_the_ledger_has_of_them(alice: User) -> None:
    """Their tokens and costs stay as they are."""
    now = timezone.now()
    rows: list[tuple[str, dict[str, Any]]] = [
        ("speech", {"purpose": "audio", "model": "tts", "estimated": True, "input_tokens": 4, "output_tokens": 9, "cost": 7}),
        ("speech", {"purpose": "audio", "model": "tts", "outcome": "timeout"}),
        ("transcripts", {"purpose": "audio", "model": "whisper", "estimated": True, "input_tokens": 900}),
        ("transcripts", {"purpose": "api", "model": "whisper"}),
        ("pictures", {"purpose": "image", "model": "", "output_tokens": 1056}),
        ("pictures", {"purpose": "api", "model": "draws"}),
        ("pictures", {"purpose": "image", "model": "draws"}),
        ("text", {"purpose": "api", "model": "does both"}),
        ("pictures", {"purpose": "image", "model": "does both"}),
        ("text", {"purpose": "answer", "model": "does both", "input_tokens": 5, "output_tokens": 5}),
    ]
    written = [(ledger.attempt(now, owner=alice, **columns), kind) for kind, columns in rows]
    PersonalRollUp.objects.create(day=now.date(), owner=alice, model="tts", **dict.fromkeys(Use._fields, 0))
    migration = import_module("conversations.migrations.0095_kinds_of_past_attempts")
    migration.tell_apart(apps, SimpleNamespace(connection=connection))
    for one, kind in written:
        before = (one.cost, one.input_tokens, one.output_tokens)
        one.refresh_from_db()
        assert (one.kind, one.cost, one.input_tokens, one.output_tokens) == (kind, *before), one.model
    assert PersonalRollUp.objects.get().kind == "speech"
