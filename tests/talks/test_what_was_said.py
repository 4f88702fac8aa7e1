"""What the microphone sends is kept until it is a turn, and what understanding it took is in the ledger by its own price."""

from __future__ import annotations

import uuid
from decimal import Decimal
from types import SimpleNamespace
from typing import Any, cast

import pytest

from conversations.generation.spoken_estimates import Read
from conversations.processes.supervisor import Supervisor
from conversations.providers.realtime_events import Heard
from conversations.talks import talk as talks
from conversations.talks import understanding
from conversations.talks.page import Page
from conversations.talks.talk import RECENT_BYTES, Talk
from conversations.talks.turns import Who
from conversations.usage.ledger.prices import Price
from conversations.usage.ledger.units import Units

DEAR = Price(Decimal(100), Decimal(100), Decimal(100))


async def test_sound_is_kept_for_one_turn_and_no_more_than_may_be_its_beginning(
    process: Supervisor, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def send(_: Any) -> None:
        pass

    monkeypatch.setattr(talks, "MOST_SAID_BYTES", 3 * RECENT_BYTES)
    opening = cast("Any", SimpleNamespace(is_new=True, read=Read(0, 0)))
    talk = Talk(opening, Who(uuid.uuid4(), cast("Any", None)), process, Page(send))
    talk._link.connection = cast("Any", SimpleNamespace(send=send))
    kept = []
    for is_uttering, pieces in ((False, 2), (True, 2), (True, 4)):
        talk._events.is_uttering = is_uttering
        for _ in range(pieces):
            await talk.hear(bytes(RECENT_BYTES))
        kept.append(len(talk._said()) // RECENT_BYTES)
    assert kept == [1, 2, 3]


@pytest.mark.parametrize(
    ("model", "heard", "price", "milliseconds", "dollars"),
    [
        ("whisper-1", Heard(seconds=90), None, 90_000, 0.009),
        ("gpt-4o-mini-transcribe", Heard(20, 5, 20), None, 2_000, (20 * 3 + 5 * 5) / 1e6),
        ("gpt-4o-mini-transcribe", Heard(20, 5, 20), Price(minute=Decimal("0.06")), 2_000, 0.002),
        ("whisper-1", Heard(), None, None, None),
        ("", Heard(20, 5, 20), None, None, None),
    ],
)
def test_it_is_counted_by_what_the_provider_tells(
    model: str, heard: Heard, price: Price | None, milliseconds: int | None, dollars: float | None
) -> None:
    """The model that answers has another price."""
    offer = SimpleNamespace(name=model, price=price) if price else None
    source = SimpleNamespace(id=None, name="Near", base_url="https://api.openai.com/v1", price_list="", offer=lambda _: offer)
    route = SimpleNamespace(source=source, key=None, offer=SimpleNamespace(name="gpt-realtime", upstream="gpt-realtime", price=DEAR))
    done = understanding.took(cast("Any", route), model, heard, uuid.uuid4(), 9, 2.0).done
    told = [(one.model, one.units, one.cost) for one in done]
    assert told == ([] if dollars is None else [(model, Units(heard_ms=milliseconds), round(dollars * 1e9))])
