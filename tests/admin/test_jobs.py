"""Background jobs in the admin: what they do and how far they are in words, cancelling and running again, and what failed for good."""

from __future__ import annotations

from datetime import timedelta
from html import unescape
from importlib import import_module
from types import SimpleNamespace
from typing import Any

import pytest
from django.apps import apps
from django.contrib.auth.models import Group, Permission
from django.db import connection
from django.test import Client
from django.utils import timezone

from conversations.models import Job, JobState, User
from conversations.search.rebuilding import rebuild_search_index
from conversations.usage.reports.rollups import roll_up_past_days
from tests.support.admin_pages import logged, staff, url

from .test_overview import HERE, attention, page_of, plain, press

pytestmark = pytest.mark.django_db
LIST = "/admin/conversations/job/"


def job(state: JobState, **values: Any) -> Job:
    over = {"due": None, "finished": timezone.now()} if state in (JobState.DONE, JobState.FAILED, JobState.CANCELLED) else {}
    return Job.objects.create(**{"kind": roll_up_past_days.kind, "max_attempts": 3, "state": state, **over, **values})


def listed(client: Client, query: str = "") -> list[str]:
    page = unescape(client.get(LIST + query).content.decode())
    return [plain(row) for row in page.split("<tbody>")[1].split("</tbody>")[0].split("</tr>")[:-1]]


def buttons(client: Client, one: Job) -> list[str]:
    page = client.get(url("job_change", one.pk)).content.decode()
    return [label for label in ("Cancel", "Dismiss", "Run again") if f'<button type="submit">{label}</button>' in page]


def test_the_list_says_it_in_words(signed_in: Client) -> None:
    now = timezone.now()
    job(
        JobState.DONE,
        outcome="2 days rolled up.",
        attempts=1,
        started=now - timedelta(hours=2),
        finished=now - timedelta(hours=2) + timedelta(seconds=3),
    )
    minutes_ago = now - timedelta(minutes=5)
    job(JobState.RUNNING, kind=rebuild_search_index.kind, attempts=2, started=minutes_ago, due=now, done=1500, total=6000)
    job(JobState.WAITING, kind="conversations.gone.task", due=now + timedelta(minutes=4, seconds=30))
    waiting, running, done = listed(signed_in)
    assert "conversations.gone.task waiting, due 4 minutes from now – – – 0 of 3 –" in waiting.replace("\xa0", " ")
    assert "Rebuild the search index running 1,500 of 6,000 5 minutes ago 5 min 2 of 3 –" in running.replace("\xa0", " ")
    assert "Add up past days for the reports done – 2 hours ago 3.0 s 1 of 3 2 days rolled up." in done.replace("\xa0", " ")
    assert len(listed(signed_in, f"?kind={rebuild_search_index.kind}")) == 1
    assert len(listed(signed_in, "?state__exact=done")) == 1


def test_a_page_offers_what_can_be_done_now(signed_in: Client) -> None:
    shown = {state: buttons(signed_in, job(state)) for state in JobState}
    assert shown == {
        JobState.WAITING: ["Cancel"],
        JobState.RUNNING: ["Cancel"],
        JobState.DONE: ["Run again"],
        JobState.FAILED: ["Dismiss", "Run again"],
        JobState.CANCELLED: ["Run again"],
    }
    assert buttons(signed_in, job(JobState.RUNNING, cancel_asked=True)) == []
    one = job(JobState.RUNNING)
    page = unescape(signed_in.post(url("job_cancel", one.pk), follow=True).content.decode())
    assert "is being cancelled" in page
    assert "Cancelled: Add up past days for the reports." in page
    failed = job(JobState.FAILED, error="The database could not be used.", attempts=3)
    signed_in.post(url("job_again", failed.pk))
    failed.refresh_from_db()
    assert (failed.state, failed.attempts, failed.error) == ("waiting", 0, "")
    assert logged() == ["Cancelled.", "Run again."]


def test_several_are_cancelled_or_run_again_at_once(signed_in: Client) -> None:
    waiting, done = job(JobState.WAITING), job(JobState.DONE)
    for action, words in (("cancel", "Cancelled: Add up"), ("run_again", "Run again: Add up")):
        sent = {"action": action, "_selected_action": [waiting.pk, done.pk]}
        assert words in signed_in.post(LIST, sent, follow=True).content.decode()
    assert set(Job.objects.values_list("state", flat=True)) == {"waiting"}
    answer = signed_in.post(LIST, {"action": "run_again", "_selected_action": [done.pk]}, follow=True)
    assert "None of these is over, so none was run again." in answer.content.decode()


def test_who_only_sees_them_does_nothing_with_them(client: Client, bob: User) -> None:
    failed = job(JobState.FAILED)
    client.force_login(staff(bob, "view_job"))
    assert buttons(client, failed) == []
    page = client.get(LIST).content.decode()
    assert "Rebuild the search index" not in page
    assert "run_again" not in page
    assert plain(page_of(client)).count("Run again") == 0
    assert attention(page_of(client)) == ["Add up past days for the reports failed for good:"]
    for name, arguments in (("cancel", [failed.pk]), ("again", [failed.pk]), ("rebuild_search", [])):
        assert client.post(url(f"job_{name}", *arguments)).status_code == 403
    failed.refresh_from_db()
    assert failed.state == "failed"
    assert client.post(f"{LIST}{failed.pk}/delete/").status_code == 403


def test_the_search_index_is_rebuilt_once_at_a_time(signed_in: Client) -> None:
    first = signed_in.post(url("job_rebuild_search"), follow=True)
    made = Job.objects.get()
    assert (made.kind, first.request["PATH_INFO"]) == (rebuild_search_index.kind, url("job_change", made.pk))
    again = signed_in.post(url("job_rebuild_search"), follow=True)
    assert "The search index is being rebuilt already." in again.content.decode()
    assert Job.objects.count() == 1
    Job.objects.update(state=JobState.DONE)
    signed_in.post(url("job_rebuild_search"))
    assert Job.objects.count() == 2


def test_what_failed_for_good_needs_attention_until_it_is_run_again_or_dismissed(signed_in: Client) -> None:
    one = job(JobState.FAILED, error="The database could not be used.")
    assert attention(page_of(signed_in))[0] == (
        "Add up past days for the reports failed for good: The database could not be used Run again Dismiss"
    )
    assert press(signed_in, "Run again").headers["Location"] == HERE
    one.refresh_from_db()
    assert one.state == "waiting"
    Job.objects.update(state=JobState.FAILED, due=None)
    press(signed_in, "Dismiss")
    one.refresh_from_db()
    assert one.state == "cancelled"
    assert not any("failed for good" in line for line in attention(page_of(signed_in)))
    for _ in range(7):
        job(JobState.FAILED)
    assert [line for line in attention(page_of(signed_in)) if "failed" in line][5:] == ["More background jobs failed for good."]


def test_jobs_that_no_process_runs_need_attention(signed_in: Client) -> None:
    now = timezone.now()
    left = job(JobState.WAITING, due=now - timedelta(minutes=4))
    assert not any("no process runs them" in line for line in attention(page_of(signed_in)))
    Job.objects.update(due=now - timedelta(minutes=6))
    sentence = "Background jobs are due, and no process runs them. Start manage.py work, or set JOBS_IN_SERVE=on in .env and restart."
    assert sentence in attention(page_of(signed_in))
    job(JobState.RUNNING, due=now + timedelta(seconds=9))  # one is busy with a long one
    assert sentence not in attention(page_of(signed_in))
    left.refresh_from_db()
    assert left.state == "waiting"


def test_operators_may_steer_them_unless_their_site_changed_the_group() -> None:
    group = Group.objects.get(name="Operator")
    ours = {"view_job", "change_job", "add_job"}
    assert set(group.permissions.values_list("codename", flat=True)) > ours
    group.permissions.set(Permission.objects.filter(codename="view_provider"))
    config = apps.get_app_config("conversations")
    before = config.models_module
    try:
        import_module("conversations.migrations.0027_operators_see_jobs").give(apps, SimpleNamespace(connection=connection))
    finally:
        config.models_module = before
    assert set(group.permissions.values_list("codename", flat=True)) == {"view_provider"}
