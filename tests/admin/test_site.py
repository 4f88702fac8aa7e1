"""One sign-in for all users, a strict policy on every page, and an overview of the site's state as the first page."""

from datetime import UTC, datetime, timedelta

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.sessions.models import Session
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from conversations.models import Attempt, Conversation, Message, Provider, Role, Status, SystemPrompt, User
from tests.support import ledger


def script_sources(response) -> str:
    directives = dict(part.strip().split(" ", 1) for part in response["Content-Security-Policy"].split(";") if " " in part.strip())
    assert "unsafe" not in response["Content-Security-Policy"]
    return directives["script-src"]


def test_strangers_are_sent_to_the_one_sign_in_page(client: Client, db: None) -> None:
    response = client.get("/admin/conversations/message/", follow=True)
    url, _ = response.redirect_chain[-1]
    assert url.startswith(reverse("account_login"))
    assert "next=/admin/conversations/message/" in url.replace("%2F", "/")


def test_the_admins_own_sign_in_takes_no_password(client: Client, admin: User) -> None:
    response = client.post("/admin/login/", {"username": "admin", "password": "correct horse battery"})
    assert response.status_code == 302
    assert response["Location"].startswith(reverse("account_login"))
    assert "_auth_user_id" not in client.session


def test_people_who_are_not_staff_are_turned_away(client: Client, alice: User) -> None:
    client.force_login(alice)
    assert client.get("/admin/", follow=True).status_code == 403


def test_staff_who_were_deactivated_are_turned_away(client: Client, admin: User) -> None:
    client.force_login(admin)
    User.objects.filter(pk=admin.pk).update(is_active=False)
    assert client.get("/admin/")["Location"].startswith("/admin/login/")


def test_signing_out_and_changing_the_password_are_everybodys(client: Client, admin: User) -> None:
    client.force_login(admin)
    assert client.get("/admin/password_change/")["Location"] == reverse("account_change_password")
    assert client.post("/admin/logout/")["Location"] == reverse("account_login")
    assert "_auth_user_id" not in client.session
    assert not Session.objects.exists()


def test_every_page_has_a_policy_that_names_only_our_origin(client: Client, admin: User) -> None:
    client.force_login(admin)
    prompt = SystemPrompt.objects.get(slug="assistant")
    for url in (
        "/admin/",
        reverse("admin:conversations_systemprompt_change", args=[prompt.pk]),
        reverse("admin:conversations_systemprompt_version", args=[prompt.pk, 1]),
        reverse("admin:conversations_message_changelist"),
        reverse("admin:conversations_user_add"),
    ):
        response = client.get(url)
        nonce = response.wsgi_request.csp_nonce  # type: ignore[attr-defined]  # added by csp's middleware
        assert script_sources(response) == f"'self' 'nonce-{nonce}'"


def test_what_djangos_scripts_say_is_asked_for_once_an_hour(signed_in: Client) -> None:
    assert set(signed_in.get(reverse("admin:jsi18n"))["Cache-Control"].split(", ")) == {"private", "max-age=3600"}
    assert "no-store" in signed_in.get("/admin/")["Cache-Control"]


@pytest.mark.parametrize(("page", "makes_slugs"), [("systemprompt_add", True), ("provider_add", False), ("user_changelist", False)])
def test_scripts_that_make_slugs_are_loaded_only_where_one_is_made(signed_in: Client, page: str, makes_slugs: bool) -> None:
    loaded = signed_in.get(reverse(f"admin:conversations_{page}")).content.decode()
    assert "/jquery.init.js" in loaded
    assert [name in loaded for name in ("/urlify.js", "/prepopulate.js", "xregexp")] == [makes_slugs, makes_slugs, False]


def test_the_first_page_says_how_things_stand(client: Client, admin: User, alice: User, settings) -> None:
    settings.OPENAI_BASE_URL, settings.OPENAI_API_KEY, settings.OPENAI_MODEL = "http://models.example/v1", "sk-secret", "house-model"
    conversation = Conversation.objects.create(owner=alice, updated=timezone.now())
    for status in (Status.STREAMING, Status.PENDING, Status.COMPLETE):
        Message.objects.create(conversation=conversation, owner=alice, role=Role.ASSISTANT, status=status)
    client.force_login(admin)
    page = client.get("/admin/").content.decode()
    assert "models.example" in page
    assert "house-model" in page
    assert "sk-secret" not in page
    assert "2 answers" in page.split("Being written now")[1].split("</dd>")[0]
    assert "Assistant</a>, version 1" in page
    assert 'href="/">Open the chat' in page


def test_the_first_page_tells_the_same_of_the_last_day_as_the_reports(client: Client, admin: User, alice: User) -> None:
    """Also of answers whose conversation was deleted since."""
    conversation = Conversation.objects.create(owner=alice, updated=timezone.now())
    now = timezone.now()
    for outcome in (*["ok"] * 3, "quota", "quota", "timeout", "stopped", "context"):
        reply = Message.objects.create(conversation=conversation, owner=alice, role=Role.ASSISTANT, status=Status.COMPLETE)
        ledger.attempt(now, outcome, reply=reply)
    ledger.attempt(now, "rate_limit", final=False)
    ledger.attempt(now, "timeout", purpose="title")
    ledger.attempt(now - timedelta(days=2))
    client.force_login(admin)
    for _ in range(2):
        response = client.get("/admin/")
        tallies = {one.label: (one.number, one.link) for one in (*response.context["replies"], *response.context["errors"])}
        assert {label: number for label, (number, _) in tallies.items()} == {
            "answered": 3,
            "failed": 3,
            "stopped or refused": 2,
            "quota used up": 2,
            "timeout": 1,
        }
        for label, (number, link) in tallies.items():
            assert client.get(link).context["cl"].result_count == number, label
        assert "3 answered, 3 failed" in client.get("/admin/reports/?range=24h").content.decode()
        Conversation.objects.all().delete()
    Attempt.objects.bulk_create(Attempt(recorded=now, started=now, number=1, outcome="ok", duration_ms=1) for _ in range(1000))
    assert "<b>1,003</b> answered" in client.get("/admin/").content.decode()


def test_the_first_page_names_the_providers_in_their_order(client: Client, admin: User, bob: User) -> None:
    last = Provider.objects.create(name="Last resort", base_url="http://last.example/v1", default_model="small", priority=20)
    Provider.objects.create(name="First choice", base_url="http://first.example/v1", priority=1)
    Provider.objects.create(name="Switched off", base_url="http://off.example/v1", enabled=False)
    client.force_login(admin)
    page = client.get("/admin/").content.decode()
    link = reverse("admin:conversations_provider_change", args=[last.pk])
    assert page.index("First choice") < page.index(f'<a href="{link}">Last resort</a>')
    assert "Switched off" not in page
    assert "built-in model" not in page
    bob.is_staff = True
    bob.save()
    client.force_login(bob)
    assert link not in client.get("/admin/").content.decode()


def test_staff_see_on_the_first_page_only_what_they_may(client: Client, bob: User) -> None:
    bob.is_staff = True
    bob.save()
    client.force_login(bob)
    page = client.get("/admin/").content.decode()
    assert "Answers, past 24 hours" not in page
    assert "Default prompt" not in page
    assert "Status" not in page


def test_pages_show_times_to_the_second_with_their_zone(client: Client, admin: User, alice: User) -> None:
    alice.last_login = datetime(2026, 11, 26, 12, 49, 7, tzinfo=UTC)
    alice.save()
    LogEntry.objects.log_actions(admin.pk, [alice], 2, "Something")
    LogEntry.objects.update(action_time=alice.last_login)
    client.force_login(admin)
    for view in ("change", "history"):
        assert "26 Nov 2026, 12:49:07 UTC" in client.get(reverse(f"admin:conversations_user_{view}", args=[alice.pk])).content.decode()


@pytest.mark.parametrize("name", ["auth_group", "account_emailaddress"])
def test_groups_and_addresses_stay(client: Client, admin: User, name: str) -> None:
    client.force_login(admin)
    assert client.get(reverse(f"admin:{name}_changelist")).status_code == 200
