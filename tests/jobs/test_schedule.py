"""Each day's run is put into the queue once, by whichever process comes first, and a missed one is made up for."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta

import pytest
from django.contrib.sessions.models import Session
from django.utils import timezone

from conversations.jobs.schedule import Daily, put_due
from conversations.management.schedule import SCHEDULE
from conversations.models import Job, JobState, RollUp
from tests.support import ledger
from tests.support.jobs import add_line, run

pytestmark = [pytest.mark.django_db, pytest.mark.every_database]

AT_NOON = Daily(add_line, time(12))


def test_once_a_day() -> None:
    moments = [datetime(2026, 3, 10, hour, tzinfo=UTC) for hour in (13, 14, 23)] + [datetime(2026, 3, 11, 11, 59, tzinfo=UTC)]
    for moment in moments:
        put_due([AT_NOON], moment)
        put_due([AT_NOON], moment)
    assert Job.objects.count() == 1
    put_due([AT_NOON], datetime(2026, 3, 11, 12, tzinfo=UTC))
    assert Job.objects.count() == 2
    put_due([AT_NOON], datetime(2026, 3, 20, 9, tzinfo=UTC))  # the server was stopped for a week
    assert Job.objects.count() == 3


def test_two_processes_make_one(monkeypatch: pytest.MonkeyPatch) -> None:
    now = timezone.now()
    put_due([AT_NOON], now)
    with monkeypatch.context() as patch:
        patch.setattr(Job.objects, "filter", lambda **_: Job.objects.none())  # the other one wrote it after this one looked
        put_due([AT_NOON], now)
    assert Job.objects.count() == 1


def test_a_kill_costs_none_of_them_the_day() -> None:
    assert [entry.task.kind for entry in SCHEDULE if entry.task.max_attempts == 1] == []


def test_what_the_site_does_every_day() -> None:
    now = timezone.now()
    ledger.attempt(now - timedelta(days=2))
    Session.objects.create(session_key="expired", session_data="", expire_date=now - timedelta(seconds=1))
    Session.objects.create(session_key="valid", session_data="", expire_date=now + timedelta(hours=1))
    old = {"kind": "x", "max_attempts": 1, "due": None, "state": JobState.FAILED}
    Job.objects.create(**old, finished=now - timedelta(days=31))
    kept = Job.objects.create(**old, finished=now - timedelta(days=29))
    put_due(SCHEDULE, now)
    reviewed, swept, *said = [run(job) for job in Job.objects.exclude(kind="x").order_by("kind")]
    assert reviewed.startswith("Conversations can’t be read")
    assert swept.startswith("0 files")
    assert said[:2] == ["1 job deleted.", "1 session deleted."]
    assert said[2:4] == ["0 mails sent.", "No provider is set up."]
    assert said[4] == "0 deleted."
    assert said[5] in ("1 day rolled up.", "2 days rolled up.")  # yesterday is over ten minutes after midnight
    assert said[6] == said[5].replace("rolled up", "counted")
    assert said[-2:] == ["0 deliveries deleted.", "0 visitors deleted."]
    assert list(Session.objects.values_list("pk", flat=True)) == ["valid"]
    assert list(Job.objects.filter(kind="x")) == [kept]
    assert RollUp.objects.count() == 1
