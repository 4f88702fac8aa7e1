"""Who may publish a prompt is told by mail 60, 14 and 3 days before its model is shut down: once each, whatever dies or runs twice."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from django.core import mail
from django.core.mail import EmailMessage
from django.utils import timezone

from conversations.jobs.context import TaskContext
from conversations.management.retirement_mail import GIVEN_UP, mail_retirements
from conversations.models import Experiment, Job, Model, Provider, RetirementNotice, SystemPrompt, User
from conversations.routing import catalog
from conversations.studio import retirement
from tests.support.admin_pages import staff

pytestmark = pytest.mark.django_db
TODAY = date(2026, 9, 1)


@pytest.fixture(autouse=True)
def today(monkeypatch: pytest.MonkeyPatch) -> dict[str, date]:
    """The day, which tests move."""
    known = {"is": TODAY}
    monkeypatch.setattr(timezone, "localdate", lambda *_: known["is"])
    return known


@pytest.fixture
def prompt(admin: User) -> SystemPrompt:
    """Answered by a model that is shut down in sixty days; only the admin may publish it."""
    User.objects.filter(pk=admin.pk).update(email="admin@site.example")
    provider = Provider.objects.create(name="House", base_url="http://house.example/v1")
    Model.objects.create(provider=provider, name="old", shutdown_date=TODAY + timedelta(days=60))
    Model.objects.create(provider=provider, name="new")
    SystemPrompt.objects.get(slug="assistant").publish(text="Hi", model="new")
    prompt = SystemPrompt.objects.create(slug="support", name="Support")
    prompt.publish(text="Help", model="old")
    catalog.forget()
    return prompt


def send() -> str:
    job = Job.objects.create(kind=mail_retirements.kind, max_attempts=3)
    return mail_retirements.call(TaskContext(job), {})


def sent() -> list[str]:
    """The recipients since this was last asked."""
    found = [address for message in mail.outbox for address in message.to]
    mail.outbox.clear()
    return found


@pytest.mark.usefixtures("prompt")
def test_at_sixty_fourteen_and_three_days_once_each(today: dict[str, date]) -> None:
    told = []
    for days in range(70, -3, -1):
        today["is"] = TODAY + timedelta(days=60 - days)
        send()
        send()
        told += [days] * len(sent())
    assert told == [60, 14, 3]


@pytest.mark.usefixtures("prompt")
def test_what_it_says(settings: Any) -> None:
    settings.SITE_URL = "https://chat.example"
    assert send() == "1 mail sent."
    (message,) = mail.outbox
    prompt = SystemPrompt.objects.get(slug="support")
    assert message.subject == f"[{settings.SITE_NAME}] old is shut down on 31 October 2026"
    assert "Support: the model old is shut down on 31 October 2026, in 60 days (live)." in message.body
    assert f"https://chat.example/admin/conversations/systemprompt/{prompt.pk}/retirement/" in message.body
    assert "Choose another model for it in" in message.body


@pytest.mark.every_database
def test_a_day_that_is_known_late_is_told_once(prompt: SystemPrompt, today: dict[str, date]) -> None:
    today["is"] = TODAY + timedelta(days=58)
    send()
    assert sent() == ["admin@site.example"]
    assert RetirementNotice.objects.get().days == 3
    Model.objects.filter(name="old").update(shutdown_date=today["is"] + timedelta(days=59))  # it was put off
    catalog.forget()
    send()
    assert sent() == ["admin@site.example"]
    prompt.publish(text="Help", model="new")
    today["is"] += timedelta(days=50)
    send()
    assert sent() == []


@pytest.mark.usefixtures("prompt")
def test_who_may_publish_and_has_an_address_is_told(alice: User, bob: User) -> None:
    User.objects.filter(pk__in=[alice.pk, bob.pk]).update(email="")
    for user, rights in ((alice, ("publish_systemprompt",)), (bob, ("change_systemprompt",))):
        user.email = f"{user.username}@site.example"
        staff(user, *rights)
    User.objects.create_user("gone", email="gone@site.example", is_active=False, is_staff=True, is_superuser=True)
    User.objects.create_user("unreachable", is_staff=True, is_superuser=True)
    send()
    assert sorted(sent()) == ["admin@site.example", "alice@site.example"]


@pytest.mark.every_database
def test_labels_and_what_is_scheduled_count(prompt: SystemPrompt, admin: User) -> None:
    prompt.publish(text="Help", model="new")
    send()
    assert sent() == []
    prompt.publish(text="Help", model="old", label="staging")
    send()
    assert "(staging)" in mail.outbox[0].body
    live, staged = prompt.published, prompt.versions.get(labels__name="staging")
    assert live
    Experiment.objects.create(prompt=prompt, live=live, candidate=staged, share=10, fewest=10)
    assert [one.uses for one in retirement.leaving(prompt)] == [("staging", "experiment")]


@pytest.mark.usefixtures("prompt")
def test_without_mail_nothing_is_sent_or_noted(settings: Any) -> None:
    settings.EMAIL_BACKEND = "django.core.mail.backends.console.EmailBackend"
    assert send().startswith("Mail is not set up")
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    assert not RetirementNotice.objects.exists()
    send()
    assert sent() == ["admin@site.example"]


@pytest.mark.usefixtures("prompt")
def test_a_mail_server_that_is_down_is_asked_again(monkeypatch: pytest.MonkeyPatch, alice: User) -> None:
    User.objects.filter(pk=alice.pk).update(email="alice@site.example", is_staff=True, is_superuser=True)

    def refuse_alice(message: EmailMessage, **_: Any) -> int:
        if "alice@site.example" in message.to:
            raise ConnectionRefusedError
        mail.outbox.append(message)
        return 1

    with monkeypatch.context() as patch:
        patch.setattr(EmailMessage, "send", refuse_alice)
        with pytest.raises(ConnectionRefusedError):
            send()
    assert sent() == ["admin@site.example"]
    send()
    assert sent() == ["alice@site.example"]


@pytest.mark.every_database
@pytest.mark.usefixtures("prompt")
def test_a_call_at_the_same_time_sends_nothing_twice(monkeypatch: pytest.MonkeyPatch) -> None:
    def send_while_another_call_runs(message: EmailMessage, **_: Any) -> int:
        with monkeypatch.context() as patch:
            patch.setattr(EmailMessage, "send", lambda *_, **__: pytest.fail("It is sent already."))
            assert send() == "0 mails sent."
        mail.outbox.append(message)
        return 1

    monkeypatch.setattr(EmailMessage, "send", send_while_another_call_runs)
    send()
    assert sent() == ["admin@site.example"]


@pytest.mark.every_database
@pytest.mark.usefixtures("prompt")
def test_what_a_killed_process_left_is_sent_later_with_the_same_id(monkeypatch: pytest.MonkeyPatch) -> None:
    class Killed(BaseException):
        pass

    def die(message: EmailMessage, **_: Any) -> int:
        mail.outbox.append(message)
        raise Killed

    with monkeypatch.context() as patch:
        patch.setattr(EmailMessage, "send", die)
        with pytest.raises(Killed):
            send()
    before = mail.outbox.pop().extra_headers["Message-ID"]
    send()
    assert sent() == []
    again = Job.objects.get(kind=mail_retirements.kind, due__gt=timezone.now() + GIVEN_UP / 2)
    RetirementNotice.objects.update(claimed=timezone.now() - 2 * GIVEN_UP)
    mail_retirements.call(TaskContext(again), again.arguments)
    assert mail.outbox[0].extra_headers["Message-ID"] == before
    assert sent() == ["admin@site.example"]
    assert not RetirementNotice.objects.filter(sent=None).exists()
