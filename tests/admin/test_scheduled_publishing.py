"""A draft can be scheduled: it becomes live at its time as it was then, unless that was cancelled or may not be any more."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from django.test import Client
from django.utils import timezone

from conversations.jobs import tasks
from conversations.models import Fragment, Job, JobState, PromptDraft, ScheduledPublication, SystemPrompt, User
from tests.support.admin_pages import logged, prompt_url, staff, url, write_draft

pytestmark = pytest.mark.django_db
PUBLISHER = ("view_systemprompt", "change_systemprompt", "publish_systemprompt")


def local(at: datetime) -> str:
    return timezone.localtime(at).strftime("%Y-%m-%dT%H:%M")


def publish(client: Client, prompt: SystemPrompt, **entered: str) -> str:
    page = url("systemprompt_publish", prompt.pk)
    sent = {"opened": client.get(page).context["opened"], **entered}
    return client.post(page, sent, follow=True).content.decode()


def schedule(client: Client, prompt: SystemPrompt, text: str = "Be brief.", **entered: str) -> ScheduledPublication:
    write_draft(client, prompt, text=text)
    tomorrow = local(timezone.now() + timedelta(days=1))
    assert "It says what the draft says now." in publish(client, prompt, where="later", at=tomorrow, **entered)
    return ScheduledPublication.objects.get(prompt=prompt)


def run(scheduled: ScheduledPublication) -> str:
    """Its job, as if its time had come."""
    ScheduledPublication.objects.filter(pk=scheduled.pk).update(at=timezone.now())
    job = scheduled.job
    assert job
    return tasks.find(job.kind).function(**job.arguments)


def live(prompt: SystemPrompt) -> int:
    return SystemPrompt.objects.values_list("published__number", flat=True).get(pk=prompt.pk)


def test_it_becomes_live_then_as_the_draft_was_and_once(signed_in: Client, prompt: SystemPrompt, admin: User) -> None:
    scheduled = schedule(signed_in, prompt, note="For the holidays")
    job = scheduled.job
    assert job
    assert (job.state, job.due) == (JobState.WAITING, scheduled.at)
    assert live(prompt) == 1
    write_draft(signed_in, prompt, text="Be verbose.")
    assert "version 2" in run(scheduled)
    assert live(prompt) == 2
    prompt.refresh_from_db()
    assert prompt.published
    assert (prompt.published.text, PromptDraft.objects.get().text) == ("Be brief.", "Be verbose.")
    move = prompt.label_moves.first()
    assert move
    assert (move.by, move.reason) == (admin, "For the holidays")
    assert "moved the label “live” from version 1 to it." in logged()[-1]
    assert logged()[-1].startswith("Published version 2, as scheduled for ")
    prompt.point("live", prompt.versions.get(number=1))
    assert "cancelled or is done" in run(scheduled)
    assert live(prompt) == 1
    assert "state-draft" in signed_in.get(prompt_url(prompt)).content.decode()  # what was saved later is still a draft


def test_a_draft_that_was_left_alone_ends_with_it(signed_in: Client, prompt: SystemPrompt) -> None:
    run(schedule(signed_in, prompt))
    assert not PromptDraft.objects.exists()


def test_it_is_shown_and_cancelled(signed_in: Client, prompt: SystemPrompt) -> None:
    scheduled = schedule(signed_in, prompt)
    for page in (prompt_url(prompt), url("systemprompt_changelist")):
        assert timezone.localtime(scheduled.at).strftime("%H:%M") in signed_in.get(page).content.decode()
    cancel = url("systemprompt_unschedule", prompt.pk, scheduled.pk)
    assert "Cancelled: version 2 stays a version." in signed_in.post(cancel, follow=True).content.decode()
    assert Job.objects.get().state == JobState.CANCELLED
    assert logged()[-1].startswith("Cancelled the publishing of version 2, scheduled for ")
    assert "cancelled or is done" in run(scheduled)
    assert live(prompt) == 1
    assert "nothing to cancel" in signed_in.post(cancel, follow=True).content.decode()


def test_before_its_time_the_job_only_schedules_it_again(signed_in: Client, prompt: SystemPrompt) -> None:
    scheduled = schedule(signed_in, prompt)
    job = scheduled.job
    assert job
    assert "not its time yet" in tasks.find(job.kind).function(**job.arguments)
    assert live(prompt) == 1
    scheduled.refresh_from_db()
    assert scheduled.job != job
    assert "Published version 2" in run(scheduled)


@pytest.mark.parametrize(
    ("at", "words"),
    [
        ("", "Enter the date and the time"),
        ("tomorrow", "Enter a date and a time, such as"),
        ("2026-05-03T12:00", "This time is over."),
        ("2999-05-03T12:00", "Choose a time within a year."),
    ],
)
def test_a_time_that_is_none_is_told(signed_in: Client, prompt: SystemPrompt, at: str, words: str) -> None:
    write_draft(signed_in, prompt, text="Be brief.")
    text = publish(signed_in, prompt, where="later", at=at, note="Keep me")
    assert words in text
    assert 'value="Keep me"' in text
    assert "Europe" in text or "UTC" in text
    assert not ScheduledPublication.objects.exists()
    assert prompt.versions.count() == 1


def test_publishing_meanwhile_asks_what_becomes_of_it(signed_in: Client, prompt: SystemPrompt) -> None:
    scheduled = schedule(signed_in, prompt)
    assert "What becomes of that?" not in signed_in.get(url("systemprompt_publish", prompt.pk)).content.decode()  # it says the same
    write_draft(signed_in, prompt, text="Be quick.")
    assert "Say what becomes of the version that is scheduled." in publish(signed_in, prompt, where="live")
    assert live(prompt) == 1
    assert "Version 2 still becomes live on" in publish(signed_in, prompt, where="live", scheduled="keep")
    assert live(prompt) == 3
    write_draft(signed_in, prompt, text="Be quicker.")
    publish(signed_in, prompt, where="live", scheduled="cancel")
    assert live(prompt) == 4
    assert "cancelled or is done" in run(scheduled)


def test_publishing_the_same_meanwhile_ends_it_and_rolling_back_tells_of_it(signed_in: Client, prompt: SystemPrompt) -> None:
    schedule(signed_in, prompt)
    publish(signed_in, prompt, where="live")
    assert not ScheduledPublication.objects.exists()
    schedule(signed_in, prompt, "Be quick.")
    back = signed_in.post(url("systemprompt_live", prompt.pk), {"number": "1", "opened": "2"}, follow=True)
    assert "Version 3 still becomes live on" in back.content.decode()


def test_scheduling_again_takes_its_place(signed_in: Client, prompt: SystemPrompt) -> None:
    first = schedule(signed_in, prompt)
    second = schedule(signed_in, prompt, "Be quick.")
    assert second.version.number == 3
    assert "(before: version 2 on " in logged()[-1]
    assert "cancelled or is done" in run(first)
    assert "Published version 3" in run(second)


def take_the_right(prompt: SystemPrompt, author: User, approver: User) -> None:
    author.user_permissions.clear()


def take_the_desk(prompt: SystemPrompt, author: User, approver: User) -> None:
    User.objects.filter(pk=author.pk).update(is_staff=False)


def delete_the_author(prompt: SystemPrompt, author: User, approver: User) -> None:
    author.delete()


def block_the_approver(prompt: SystemPrompt, author: User, approver: User) -> None:
    User.objects.filter(pk=approver.pk).update(is_active=False)


def ask_for_more(prompt: SystemPrompt, author: User, approver: User) -> None:
    SystemPrompt.objects.update(approvals_needed=2)


def require_cases(prompt: SystemPrompt, author: User, approver: User) -> None:
    SystemPrompt.objects.update(cases_required=True)


def delete_the_fragment(prompt: SystemPrompt, author: User, approver: User) -> None:
    Fragment.objects.all().delete()


@pytest.mark.parametrize(
    ("meanwhile", "because"),
    [
        (take_the_right, "alice may not move “live” of it any more"),
        (take_the_desk, "alice may not move “live” of it any more"),
        (delete_the_author, "the account of who scheduled it was deleted"),
        (block_the_approver, "1 of 1 approvals are missing now"),
        (ask_for_more, "1 of 2 approvals are missing now"),
        (require_cases, "1 of 1 cases have not passed now"),
        (delete_the_fragment, "it can’t be sent:"),
    ],
)
def test_it_is_judged_again_at_its_time_and_says_why_it_was_stopped(
    signed_in: Client, prompt: SystemPrompt, alice: User, bob: User, client: Client, meanwhile: object, because: str
) -> None:
    staff(alice, *PUBLISHER)
    staff(bob, "view_systemprompt", "approve_systemprompt")
    fragment = Fragment.objects.create(name="tone")
    fragment.publish("Be kind.")
    SystemPrompt.objects.update(approvals_needed=1)
    author, approver = Client(), Client()
    author.force_login(alice)
    approver.force_login(bob)
    write_draft(author, prompt, text="Be brief. {{> tone }}")
    assert "Approvals are missing. It can be scheduled" in publish(
        author, prompt, where="later", at=local(timezone.now() + timedelta(hours=2))
    )
    page = url("systemprompt_publish", prompt.pk)
    approver.post(url("systemprompt_approve", prompt.pk), {"opened": approver.get(page).context["opened"]})
    scheduled = schedule(author, prompt, "Be brief. {{> tone }}")
    meanwhile(prompt, alice, bob)  # type: ignore[operator]
    assert because in run(scheduled)
    assert live(prompt) == 1
    if meanwhile is not delete_the_author:
        assert because in logged()[-1]
    signed_in.force_login(User.objects.get(username="admin"))
    for shown in (prompt_url(prompt), url("systemprompt_changelist").replace("conversations/systemprompt/", "")):
        text = signed_in.get(shown).content.decode()
        assert "Needs attention" in text
        assert because.split(":", maxsplit=1)[0] in text
    signed_in.post(url("systemprompt_unschedule", prompt.pk, scheduled.pk))
    assert "Needs attention" not in signed_in.get(prompt_url(prompt)).content.decode()


def test_who_may_not_publish_schedules_and_cancels_nothing(signed_in: Client, prompt: SystemPrompt, alice: User, client: Client) -> None:
    scheduled = schedule(signed_in, prompt)
    page = url("systemprompt_publish", prompt.pk)
    opened = signed_in.get(page).context["opened"]
    client.force_login(staff(alice, "view_systemprompt", "change_systemprompt", "approve_systemprompt"))
    assert "unschedule" not in client.get(prompt_url(prompt)).content.decode()
    assert client.post(url("systemprompt_unschedule", prompt.pk, scheduled.pk)).status_code == 403
    tomorrow = local(timezone.now() + timedelta(days=1))
    assert client.post(page, {"opened": opened, "where": "later", "at": tomorrow}).status_code == 403
    assert ScheduledPublication.objects.get() == scheduled
