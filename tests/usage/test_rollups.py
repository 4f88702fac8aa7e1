"""A day is rolled up when it is over, once, whichever processes try and however often."""

from __future__ import annotations

import threading
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from django.core.management import call_command
from django.db import connection
from django.utils import timezone

from conversations.jobs.context import Reason, Stopped, TaskContext
from conversations.models import Attempt, PersonalRollUp, RolledUpDay, RollUp, User
from conversations.usage.reports import from_ledger, rollups
from conversations.usage.reports.report import Report
from conversations.usage.reports.spans import Span
from tests.support import ledger
from tests.support.jobs import run

pytestmark = pytest.mark.every_database

NOON = datetime(2026, 3, 10, 12, tzinfo=UTC)
DAY = date(2026, 3, 10)


@pytest.mark.django_db
def test_a_day_waits_for_its_end_and_ten_minutes() -> None:
    ledger.attempt(NOON)
    assert rollups.waiting(datetime(2026, 3, 11, 0, 9, 59, tzinfo=UTC)) == []
    assert rollups.waiting(datetime(2026, 3, 11, 0, 10, tzinfo=UTC)) == [DAY]
    assert rollups.roll_up_waiting(datetime(2026, 3, 13, 0, 10, tzinfo=UTC)) == [DAY, date(2026, 3, 11), date(2026, 3, 12)]
    assert rollups.waiting(datetime(2026, 3, 13, 0, 10, tzinfo=UTC)) == []


@pytest.mark.django_db
def test_an_empty_ledger_has_nothing_waiting() -> None:
    assert rollups.waiting() == []


@pytest.mark.django_db
def test_again_changes_nothing(alice: User) -> None:
    ledger.attempt(NOON, owner=alice, input_tokens=3)
    assert rollups.roll_up(DAY)
    before = list(RollUp.objects.values()), list(PersonalRollUp.objects.values())
    assert not rollups.roll_up(DAY)
    assert (list(RollUp.objects.values()), list(PersonalRollUp.objects.values())) == before
    assert [row["input"] for row in before[0]] == [3]


@pytest.mark.django_db
def test_attempts_on_the_border_belong_to_one_day() -> None:
    start = rollups.midnight(DAY)
    for moment in (
        start - timedelta(microseconds=1),
        start,
        start + timedelta(days=1) - timedelta(microseconds=1),
        start + timedelta(days=1),
    ):
        ledger.attempt(moment)
    for day in (DAY - timedelta(days=1), DAY, DAY + timedelta(days=1)):
        rollups.roll_up(day)
    assert list(RollUp.objects.order_by("day").values_list("tries", flat=True)) == [1, 2, 1]


@pytest.mark.django_db(transaction=True)
def test_two_at_once_write_one(alice: User, monkeypatch: pytest.MonkeyPatch) -> None:
    ledger.attempt(NOON, owner=alice)
    counted, both = from_ledger.counted, threading.Barrier(2, timeout=20)

    def together(*span: Any) -> object:
        found = counted(*span)
        both.wait()  # neither writes before both have counted
        return found

    monkeypatch.setattr(from_ledger, "counted", together)
    wrote: list[bool] = []

    def roll_up() -> None:
        try:
            wrote.append(rollups.roll_up(DAY))
        finally:
            connection.close()

    threads = [threading.Thread(target=roll_up) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(wrote) == [False, True]
    assert (RollUp.objects.count(), PersonalRollUp.objects.count(), RolledUpDay.objects.count()) == (1, 1, 1)


@pytest.mark.django_db(transaction=True)
def test_one_that_breaks_off_leaves_nothing_behind(alice: User, monkeypatch: pytest.MonkeyPatch) -> None:
    ledger.attempt(NOON, owner=alice)

    def breaks(rows: object) -> None:
        raise RuntimeError("the process dies here")

    with monkeypatch.context() as broken:
        broken.setattr(PersonalRollUp.objects, "bulk_create", breaks)
        with pytest.raises(RuntimeError):
            rollups.roll_up(DAY)
    assert (RollUp.objects.count(), RolledUpDay.objects.count()) == (0, 0)
    assert rollups.roll_up(DAY)


@pytest.mark.django_db
def test_the_job_says_how_far_it_is() -> None:
    job = rollups.roll_up_past_days.enqueue()
    ledger.attempt(timezone.now() - timedelta(days=3))
    context, said = TaskContext(job), []

    def rolled_up(day: date) -> bool:
        said.append((context.done, context.total))
        if len(said) == 2:
            context.stop(Reason.CANCELLED)
        return True

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(rollups, "roll_up", rolled_up)
        patch.setattr(rollups, "MARGIN", timedelta())  # else yesterday isn't over in the first minutes of a day
        with pytest.raises(Stopped):
            rollups.roll_up_past_days.call(context, {})
    assert [done for done, _ in said] == [0, 1]
    assert RollUp.objects.count() == 0
    assert run(job) in ("2 days rolled up.", "3 days rolled up.")  # yesterday is over ten minutes after midnight
    assert RollUp.objects.count() == 1


@pytest.mark.django_db
def test_by_hand(capsys: pytest.CaptureFixture[str]) -> None:
    ledger.attempt(timezone.now() - timedelta(days=1, minutes=20))
    call_command("roll_up")
    call_command("roll_up")
    printed = capsys.readouterr().out.splitlines()
    assert printed[0].endswith("rolled up.")
    assert printed[1] == "Every day that is over is rolled up already."


@pytest.mark.django_db
def test_what_is_forgotten_is_rolled_up_anew() -> None:
    ledger.attempt(NOON)
    rollups.roll_up(DAY)
    ledger.attempt(NOON)
    rollups.forget(DAY, DAY)
    assert Report(Span.days(DAY, DAY + timedelta(days=4), NOON + timedelta(days=9))).total.tries == 2
    assert rollups.roll_up(DAY)
    assert RollUp.objects.get().tries == Attempt.objects.count() == 2
