"""A key is entered and never shown again: not on a page, not in an error, a message, the admin log or the report of an exception."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.core.handlers import exception
from django.http import HttpResponseServerError
from django.test import Client
from django.utils import timezone
from django.views.debug import ExceptionReporter

from conversations.models import ApiKey, Attempt, Origin, Provider, User, sealed
from conversations.routing import catalog
from tests.support.admin_pages import KEY, logged, provider_at, staff, submit, url

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("signed_in")]
OTHER = "sk-other-0123456789zyxwvu"


@pytest.fixture
def provider() -> Provider:
    return provider_at("http://127.0.0.1:1/v1", KEY)


@pytest.fixture
def key(provider: Provider) -> ApiKey:
    return provider.keys.get()


def test_no_page_shows_it(client: Client, provider: Provider, key: ApiKey) -> None:
    pages = [url("provider_change", provider.pk), url("apikey_change", key.pk), url("apikey_changelist"), url("provider_changelist")]
    pages += [url("apikey_history", key.pk), url("provider_history", provider.pk), url("apikey_delete", key.pk), "/admin/"]
    for page in pages:
        shown = client.get(page).content.decode()
        assert KEY not in shown
        assert key.sealed not in shown
    assert "…cdef" in client.get(url("apikey_change", key.pk)).content.decode()


def test_entering_another_replaces_it_and_forgets_its_trouble(
    client: Client, key: ApiKey, monkeypatch: pytest.MonkeyPatch, django_capture_on_commit_callbacks: Any
) -> None:
    forgotten: list[int] = []
    monkeypatch.setattr(catalog, "forget", lambda: forgotten.append(1))
    ApiKey.objects.update(refused=timezone.now(), trouble="key")
    with django_capture_on_commit_callbacks(execute=True):
        response = submit(client, url("apikey_change", key.pk), "apikey_form", secret=f"  {OTHER}\n")
    assert OTHER not in response.content.decode()
    key.refresh_from_db()
    assert (key.secret, key.last_four, key.refused, key.trouble) == (OTHER, "xwvu", None, "")
    assert forgotten
    entry = LogEntry.objects.get()
    assert OTHER not in entry.change_message + entry.object_repr
    assert OTHER not in client.get(url("apikey_history", key.pk)).content.decode()


def test_leaving_it_empty_keeps_it(client: Client, provider: Provider, key: ApiKey) -> None:
    ApiKey.objects.update(refused=timezone.now())
    submit(client, url("apikey_change", key.pk), "apikey_form", label="renamed")
    submit(client, url("provider_change", provider.pk), "provider_form", name="Renamed")
    key.refresh_from_db()
    assert (key.label, key.secret) == ("renamed", KEY)
    assert key.refused


@pytest.mark.parametrize("typed", ["sk bad 0123456789", "sk-bad-0123456789é", "sk-bad-" + "x" * 1000])
def test_an_error_does_not_repeat_it(client: Client, provider: Provider, key: ApiKey, typed: str) -> None:
    for page, form, field in (
        (url("apikey_change", key.pk), "apikey_form", "secret"),
        (url("provider_change", provider.pk), "provider_form", "keys-0-secret"),
    ):
        response = submit(client, page, form, **{field: typed})
        assert response.context["errors"]
        assert typed not in response.content.decode()
        assert "sk-bad" not in response.content.decode()
    response = submit(client, url("apikey_change", key.pk), "apikey_form", label="", secret=OTHER)
    assert response.context["errors"]
    assert OTHER not in response.content.decode()
    key.refresh_from_db()
    assert key.secret == KEY


def test_a_new_key_needs_its_secret_and_a_provider_of_ours(client: Client, provider: Provider) -> None:
    environment = Provider.objects.create(name="Given", origin=Origin.ENVIRONMENT, base_url="http://given.example/v1")
    response = submit(client, url("apikey_add"), "apikey_form", provider=str(provider.pk), label="new")
    assert "Enter the key" in response.content.decode()
    response = submit(client, url("apikey_add"), "apikey_form", provider=str(environment.pk), label="new", secret=OTHER)
    assert "Select a valid choice" in response.content.decode()
    assert not ApiKey.objects.filter(label="new").exists()
    submit(client, url("apikey_add"), "apikey_form", provider=str(provider.pk), label="new", secret=OTHER)
    assert ApiKey.objects.get(label="new").secret == OTHER


@pytest.mark.parametrize("debug", [False, True])
@pytest.mark.parametrize("page", ["apikey", "provider"])
def test_the_report_of_an_exception_does_not_hold_it(
    client: Client, provider: Provider, key: ApiKey, page: str, debug: bool, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.DEBUG = debug
    client.raise_request_exception = False

    def breaks(secret: str, row: Any) -> str:
        raise RuntimeError("the disk is full")

    monkeypatch.setattr(sealed, "seal", breaks)
    reports: list[str] = []

    def report(request: Any, resolver: Any, info: Any) -> HttpResponseServerError:
        reporter = ExceptionReporter(request, *info)
        reports.extend([reporter.get_traceback_html(), reporter.get_traceback_text()])
        return HttpResponseServerError()

    monkeypatch.setattr(exception, "handle_uncaught_exception", report)
    place, field = (url("apikey_change", key.pk), "secret") if page == "apikey" else (url("provider_change", provider.pk), "keys-0-secret")
    assert submit(client, place, f"{page}_form", **{field: OTHER}).status_code == 500
    assert len(reports) == 2
    for text in reports:
        assert "the disk is full" in text
        assert OTHER not in text.replace("&#x27;", "'")


# Its state, as a sentence


def shown_state(client: Client, key: ApiKey) -> str:
    return client.get(url("apikey_changelist")).content.decode().split('class="key-state ')[1].split("</span>")[0].split(">")[1]


def test_states_are_said_in_words(client: Client, provider: Provider, key: ApiKey, settings: Any) -> None:
    assert shown_state(client, key) == "usable"
    until = timezone.now() + timedelta(days=3)
    ApiKey.objects.update(cooling_until=until, trouble="quota", trouble_status=429)
    assert shown_state(client, key) == f"paused until {until:%-d %b %Y, %H:%M}: quota used up (HTTP 429)"
    ApiKey.objects.update(cooling_until=timezone.now() - timedelta(seconds=1))
    assert shown_state(client, key) == "usable"
    now = timezone.now()
    ApiKey.objects.update(refused=now, trouble="key", trouble_status=401)
    assert shown_state(client, key) == f"refused by the provider since {now:%H:%M} (HTTP 401)"
    ApiKey.objects.update(trouble="<b>What a version before stored</b>", trouble_status=None)
    assert shown_state(client, key) == f"refused by the provider since {now:%H:%M}"
    ApiKey.objects.update(enabled=False)
    assert shown_state(client, key) == "disabled"
    settings.KEY_SECRET, settings.OLD_KEY_SECRETS = "another", []
    assert shown_state(client, key) == "can’t be opened: enter it again, or name the old secret in OLD_KEY_SECRETS"


def test_a_key_that_can_not_be_opened_can_be_entered_again(client: Client, key: ApiKey, settings: Any) -> None:
    settings.KEY_SECRET, settings.OLD_KEY_SECRETS = "another", []
    submit(client, url("apikey_change", key.pk), "apikey_form", secret=OTHER)
    assert ApiKey.objects.get().secret == OTHER


def test_it_can_be_used_again(client: Client, key: ApiKey, bob: User) -> None:
    page = url("apikey_change", key.pk)
    assert "Use again" not in client.get(page).content.decode()
    ApiKey.objects.update(refused=timezone.now(), cooling_until=timezone.now() + timedelta(hours=1), trouble="key")
    assert "Use again" in client.get(page).content.decode()
    client.get(url("apikey_again", key.pk))
    assert ApiKey.objects.get().refused
    client.force_login(staff(bob, "view_apikey"))
    assert "Use again" not in client.get(page).content.decode()
    assert client.post(url("apikey_again", key.pk)).status_code == 403
    assert ApiKey.objects.get().refused
    client.force_login(User.objects.get(username="admin"))
    client.post(url("apikey_again", key.pk))
    again = ApiKey.objects.get()
    assert (again.refused, again.cooling_until, again.trouble, again.secret) == (None, None, "", KEY)
    assert logged() == ["Used again: its pause or refusal was cleared."]
    ApiKey.objects.update(refused=timezone.now())
    client.post(url("apikey_changelist"), {"action": "use_again", "_selected_action": [str(key.pk)]})
    assert ApiKey.objects.get().refused is None
    assert len(logged()) == 2


def test_the_settings_key_is_read_only_but_can_be_used_again(client: Client, settings: Any) -> None:
    settings.OPENAI_API_KEY = "sk-env-0123456789abcdefgh"
    environment = Provider.objects.create(name="Given", origin=Origin.ENVIRONMENT, base_url="http://given.example/v1")
    key = ApiKey.objects.create(provider=environment, label="OPENAI_API_KEY", last_four="efgh", refused=timezone.now())
    page = client.get(url("apikey_change", key.pk)).content.decode()
    assert ".env" in page
    assert 'name="secret"' not in page
    assert "refused by the provider" in page
    assert client.post(url("apikey_change", key.pk), {"label": "x", "secret": OTHER}).status_code == 403
    assert client.post(url("apikey_delete", key.pk), {"post": "yes"}).status_code == 403
    client.post(url("apikey_again", key.pk))
    assert ApiKey.objects.get().refused is None


def test_deleting_one_keeps_its_attempts(client: Client, provider: Provider, key: ApiKey) -> None:
    now = timezone.now()
    attempt = Attempt.objects.create(provider=provider, key=key, recorded=now, started=now, number=1, outcome="ok", duration_ms=1)
    client.post(url("apikey_delete", key.pk), {"post": "yes"})
    assert not ApiKey.objects.exists()
    attempt.refresh_from_db()
    assert attempt.key is None
    assert attempt.provider == provider


def test_who_may_only_look_sees_four_characters(client: Client, provider: Provider, key: ApiKey, bob: User) -> None:
    client.force_login(staff(bob, "view_apikey", "view_provider"))
    for page in (url("apikey_change", key.pk), url("provider_change", provider.pk)):
        shown = client.get(page).content.decode()
        assert "…cdef" in shown
        assert "secret" not in shown
    assert client.post(url("apikey_change", key.pk), {"label": "x", "secret": OTHER}).status_code == 403
    client.force_login(staff(bob, "view_provider"))
    assert "…cdef" not in client.get(url("provider_change", provider.pk)).content.decode()


def test_who_may_add_keys_sees_four_characters_of_others(client: Client, provider: Provider, key: ApiKey, bob: User) -> None:
    page = url("provider_change", provider.pk)
    for more in ("view_provider", "change_provider", "delete_apikey"):
        client.force_login(staff(bob, *{"view_apikey", "add_apikey", "view_provider", more}))
        for shown in (client.get(page).content.decode(), client.get(url("apikey_change", key.pk)).content.decode()):
            assert "…cdef" in shown
            assert KEY not in shown
    client.force_login(staff(bob, "view_apikey", "add_apikey", "change_provider"))
    added = {"keys-TOTAL_FORMS": "2", "keys-1-provider": str(provider.pk), "keys-1-label": "second", "keys-1-secret": OTHER}
    submit(client, page, "provider_form", **added)
    assert {one.label: one.secret for one in provider.keys.all()} == {"main": KEY, "second": OTHER}
