"""A budget for pictures, audio or files alone counts these, in money or in their own units, and nothing else; and sound that is lost is counted."""

from __future__ import annotations

import uuid
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import transaction
from django.utils import timezone

from conversations.generation import admission, drawing, estimates, settlement
from conversations.models import Attempt, AttemptKind, Model, Reservation, Spending, User
from conversations.routing import catalog
from conversations.usage.budgets import recounting, reservations, standing, sweeping
from conversations.usage.budgets.estimate import Estimate
from conversations.usage.budgets.used import Used, by_kind
from conversations.usage.exceeded import Exceeded
from conversations.usage.ledger.prices import Price
from conversations.usage.limits import in_force
from tests.support import ledger
from tests.support.admin_pages import provider_at
from tests.support.api import token_of
from tests.support.limits import DOLLAR, estimate, limit

pytestmark = pytest.mark.django_db


def reserve(user: User, of: Estimate, reply: uuid.UUID | None = None) -> uuid.UUID:
    reply = reply or uuid.uuid4()
    with transaction.atomic():
        reservations.reserve(in_force.applying(user.pk), user.pk, reply, of, is_whole=True)
    return reply


def pictures(number: int, cents: int = 4) -> Estimate:
    return Estimate(30, 1000 * number, 0, number * cents * DOLLAR // 100, kind=AttemptKind.PICTURES, units=number)


def refusal(user: User, of: Estimate) -> str:
    with pytest.raises(Exceeded) as caught:
        reserve(user, of)
    return caught.value.detail


def made(user: User, **columns: Any) -> Attempt:
    return ledger.attempt(timezone.now(), owner=user, **columns)


def counter(subject: str) -> tuple[int, int, int]:
    row = Spending.objects.get(subject=subject)
    return row.spent_cost, row.spent_units, row.reserved_units


@pytest.mark.every_database
def test_pictures_are_counted_and_never_too_many(alice: User, bob: User) -> None:
    limit(kind="pictures", monthly_units=5)
    limit(counting="together", monthly_cost=10**7)
    mine, everything = f"user:{alice.pk}#pictures", "site"
    first = reserve(alice, pictures(3))
    assert (counter(mine), counter(everything)) == ((0, 0, 3), (0, 0, 0))
    assert "is held back for answers" in refusal(alice, pictures(3))
    assert [reservations.has_room(alice.pk, AttemptKind.PICTURES, Used(0, 0, number)) for number in (2, 3)] == [True, False]
    reserve(bob, pictures(5))  # each has their own
    drawn = made(alice, purpose="image", kind="pictures", pictures=2, cost=DOLLAR, reply_id=first)
    reservations.settle(first, by_kind([drawn]))
    assert (counter(mine), counter(everything)) == ((DOLLAR, 2, 0), (DOLLAR, 0, 0))
    made(alice, kind="text", input_tokens=1000, output_tokens=10, cost=9 * DOLLAR)
    reservations.add(alice.pk, by_kind([made(alice, purpose="image", kind="pictures", pictures=1, cost=DOLLAR)]))
    assert counter(mine) == (2 * DOLLAR, 3, 0)
    assert refusal(alice, pictures(3)).startswith("You don’t have enough of this month’s 5 pictures left for this. It resets on ")
    assert [reservations.has_room(alice.pk, AttemptKind.PICTURES, Used(0, 0, number)) for number in (2, 3)] == [True, False]
    reserve(alice, estimate(read=10**9))  # text isn't limited
    Spending.objects.update(spent_cost=77, spent_units=77)
    recounting.changed()
    assert (counter(mine), counter(everything)) == ((2 * DOLLAR, 3, 0), (11 * DOLLAR, 0, 0))  # by the ledger


def test_audio_is_what_is_heard_and_what_is_made(alice: User) -> None:
    limit(person=alice, kind="audio", monthly_units=60, monthly_cost=2)
    limit(counting="together", monthly_cost=100)
    for columns in ({"kind": "transcripts", "heard_ms": 40 * 60_000, "cost": DOLLAR}, {"kind": "speech", "spoken_ms": 15 * 60_000}):
        reservations.add(alice.pk, by_kind([made(alice, purpose="audio", **columns)]))
    sound = Estimate(1, 1, 0, 0, kind=AttemptKind.TRANSCRIPTS, units=6 * 60_000)
    assert refusal(alice, sound).startswith("You don’t have enough of this month’s 60 minutes of audio left for this.")
    reserve(alice, sound._replace(units=5 * 60_000))
    dear = sound._replace(units=1, kind=AttemptKind.SPEECH, input_cost=3 * DOLLAR)
    Reservation.objects.all().delete()
    recounting.changed()
    assert "this month’s $2.00 for audio left for this" in refusal(alice, dear)
    told = {one.label: (one.used_in_words, one.allowed_in_words) for one in standing.of(alice)}
    assert told == {
        "Cost of audio": ("$1.00", "$2.00"),
        "Minutes of audio": ("55 minutes of audio", "60 minutes of audio"),
        "Cost of everyone": ("$1.00", "$100.00"),
    }
    (warning,) = standing.warnings(alice.pk)
    assert warning["detail"].startswith("You have used 91 % of this month’s budget of 60 minutes of audio.")
    reservations.add(alice.pk, by_kind([made(alice, kind="talk", heard_ms=2 * 60_000, spoken_ms=3 * 60_000)]))
    talk = sound._replace(units=0, kind=AttemptKind.TALK)
    assert refusal(alice, talk).startswith("You have used this month’s budget of 60 minutes of audio.")


def test_sound_whose_process_was_killed_is_in_the_ledger_without_any_budget(alice: User) -> None:
    provider = provider_at("https://models.example/v1", "sk-1")
    Model.objects.create(provider=provider, name="whisper-1", minute_price="0.006", speaks=True)
    catalog.forget()
    admission.reserve_audio("whisper-1", 30, alice.pk)
    admission.reserve_speech("whisper-1", "Said aloud.", "", alice.pk)
    ended = admission.reserve_audio("whisper-1", 30, alice.pk)
    settlement.settle_auxiliary(ended, alice.pk, [], is_noted=True)
    assert Reservation.objects.count() == 2
    assert not sweeping.sweep()  # it may still run
    Reservation.objects.update(created=timezone.now() - timedelta(minutes=16))
    assert sweeping.sweep() == 2
    assert not sweeping.sweep()
    heard, said = Attempt.objects.order_by("kind").reverse()
    assert (heard.kind, heard.purpose, heard.outcome, heard.heard_ms, heard.owner_id) == ("transcripts", "audio", "lost", 30_000, alice.pk)
    assert (heard.model, heard.input_tokens, heard.estimated) == ("whisper-1", 300, True)
    assert heard.cost == 3_000_000
    assert (said.kind, said.outcome) == ("speech", "lost")
    assert said.spoken_ms
    limit(kind="audio", monthly_units=60)
    _, token = token_of(alice)
    with transaction.atomic():  # a budget counts what a program asked, too
        passed = Estimate(1, 1, 5, 0, kind=AttemptKind.TRANSCRIPTS, units=20_000)
        admission.require_passed(uuid.uuid4(), alice.pk, token.pk, 0, "whisper-1", lambda *_: passed)
    Reservation.objects.update(created=timezone.now() - timedelta(minutes=16))
    assert sweeping.sweep() == 1
    assert counter(f"user:{alice.pk}#audio")[1:] == (30_000 + said.spoken_ms + 20_000, 0)
    lost = Attempt.objects.get(purpose="api")
    assert (lost.token_id, lost.outcome, lost.heard_ms, lost.cost) == (token.pk, "lost", 20_000, 5)


@pytest.mark.parametrize(("answer", "held"), [(None, 40), (100, 40 + 2 * 100)])
def test_a_picture_is_held_back_for_whether_the_answer_has_a_price_or_not(answer: int | None, held: int) -> None:
    cents = DOLLAR // 1000
    maker = drawing.Maker("draws", "draws", "http://localhost:1/v1", "", Price(pictures=(("", Decimal("0.04")),)))
    cost = None if answer is None else answer * cents
    whole = estimates.with_picture(Estimate(10, 20, cost, None if cost is None else 0, 2.0), maker)
    assert whole.most(20).cost == held * cents
    assert whole.is_priced == (answer is not None)
    assert whole.fitting(Used(held * cents, 0), cost=True, tokens=False) == 20
    assert whole.fitting(Used(held * cents - 1, 0), cost=True, tokens=False) < 0
