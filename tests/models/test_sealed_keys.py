"""At the start every key is resealed with the newest secret, so that older ones can be dropped; unreadable keys are named."""

from __future__ import annotations

from datetime import timedelta
from functools import partial
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone
from django.views.debug import ExceptionReporter

from conversations.management import sealing
from conversations.management.commands.serve import Command
from conversations.models import ApiKey, Job, Provider, sealed
from tests.support.jobs import run

pytestmark = pytest.mark.django_db

SECRET = "sk-very-secret-0123456789abcd"


@pytest.fixture
def provider() -> Provider:
    return Provider.objects.create(name="House", base_url="http://models.example/v1")


def key_of(provider: Provider, label: str, secret: str = SECRET) -> ApiKey:
    key = ApiKey(provider=provider, label=label)
    key.take(secret)
    key.save()
    return key


@pytest.mark.every_database
def test_what_an_old_secret_opens_is_sealed_anew(provider: Provider, settings: Any) -> None:
    settings.KEY_SECRET, settings.OLD_KEY_SECRETS = "first", []
    old = key_of(provider, "old")
    settings.KEY_SECRET, settings.OLD_KEY_SECRETS = "second", ["first"]
    current = key_of(provider, "current")
    before = current.sealed
    assert sealing.reseal_all() == (1, [])
    settings.OLD_KEY_SECRETS = []
    old.refresh_from_db()
    current.refresh_from_db()
    assert old.secret == SECRET
    assert current.sealed == before
    assert sealing.reseal_all() == (0, [])


def test_what_is_sealed_for_one_row_does_not_open_in_another(provider: Provider) -> None:
    key, other = key_of(provider, "key"), key_of(provider, "other", "sk-other-0123456789abcdef")
    ApiKey.objects.filter(pk=other.pk).update(sealed=key.sealed)
    other.refresh_from_db()
    with pytest.raises(sealed.Unreadable):
        _ = other.secret
    assert sealing.reseal_all() == (0, ["“other” of House"])


def test_what_was_sealed_for_no_row_opens_and_is_sealed_for_its_own(provider: Provider) -> None:
    key = key_of(provider, "key")
    before = sealed._box(None).encrypt(SECRET.encode()).decode()
    ApiKey.objects.filter(pk=key.pk).update(sealed=before)
    key.refresh_from_db()
    assert key.secret == SECRET
    assert sealing.reseal_all() == (1, [])
    key.refresh_from_db()
    assert key.secret == SECRET
    with pytest.raises(sealed.Unreadable):
        sealed.unseal(key.sealed, provider.pk)
    assert sealing.reseal_all() == (0, [])


def test_a_start_leaves_keys_to_processes_of_the_version_before(provider: Provider, capsys: pytest.CaptureFixture[str]) -> None:
    """They don't know of rows, and answer while this process starts: a job seals the keys an hour later."""
    key = key_of(provider, "key")
    before = sealed._box(None).encrypt(SECRET.encode()).decode()
    ApiKey.objects.filter(pk=key.pk).update(sealed=before)
    for _ in range(2):
        Command().reseal_keys()
    assert capsys.readouterr().out == ""
    key.refresh_from_db()
    assert key.sealed == before
    job = Job.objects.get()
    assert job.due and timedelta(minutes=59) < job.due - timezone.now() < timedelta(minutes=61)
    assert run(job) == "1 API key sealed."
    key.refresh_from_db()
    assert key.sealed != before
    assert sealed.is_current(key.sealed, key.pk)


def test_what_no_secret_opens_is_named_and_left_alone(provider: Provider, settings: Any, capsys: pytest.CaptureFixture[str]) -> None:
    settings.KEY_SECRET, settings.OLD_KEY_SECRETS = "first", []
    lost = key_of(provider, "lost")
    settings.KEY_SECRET = "second"
    assert sealing.reseal_all() == (0, ["“lost” of House"])
    before = lost.sealed
    lost.refresh_from_db()
    assert lost.sealed == before
    Command().reseal_keys()
    said = capsys.readouterr().out
    assert "1 secret can't be opened: “lost” of House. Enter keys again in the admin" in said
    assert "OLD_KEY_SECRETS" in said
    settings.OLD_KEY_SECRETS = ["first"]
    assert sealing.reseal_all() == (1, [])


@pytest.mark.every_database
def test_a_key_that_was_replaced_meanwhile_stays_replaced(provider: Provider, settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    settings.KEY_SECRET, settings.OLD_KEY_SECRETS = "first", []
    key = key_of(provider, "main")
    settings.KEY_SECRET, settings.OLD_KEY_SECRETS = "second", ["first"]
    reseal = sealed.reseal

    def somebody_replaces_it(text: str, row: Any) -> str:
        replaced = ApiKey.objects.get(pk=key.pk)
        replaced.take("sk-another-0123456789abcdef")
        replaced.save()
        return reseal(text, row)

    monkeypatch.setattr(sealed, "reseal", somebody_replaces_it)
    assert sealing.reseal_all() == (0, [])
    key.refresh_from_db()
    assert key.secret == "sk-another-0123456789abcdef"


def test_the_settings_key_is_not_in_the_database(provider: Provider) -> None:
    ApiKey.objects.create(provider=provider, label="OPENAI_API_KEY")
    assert sealing.reseal_all() == (0, [])


@pytest.mark.every_database
def test_the_database_never_holds_the_secret(provider: Provider) -> None:
    key_of(provider, "main")
    with connection.cursor() as cursor:
        cursor.execute("SELECT * FROM conversations_apikey")
        assert SECRET not in repr(cursor.fetchall())


def test_a_report_of_what_broke_while_sealing_hides_the_secret(provider: Provider, monkeypatch: pytest.MonkeyPatch) -> None:
    def breaks(row: Any) -> None:
        raise RuntimeError("no box")

    monkeypatch.setattr(sealed, "_box", breaks)
    key = ApiKey(provider=provider, label="main")
    for work in (key.take, partial(sealed.seal, row=key.pk)):
        with pytest.raises(RuntimeError) as caught:
            work(SECRET)
        text = ExceptionReporter(None, caught.type, caught.value, caught.tb).get_traceback_html()
        assert "no box" in text
        assert SECRET not in text


def test_it_is_said_at_the_start(provider: Provider, settings: Any, capsys: pytest.CaptureFixture[str]) -> None:
    settings.KEY_SECRET, settings.OLD_KEY_SECRETS = "first", []
    key_of(provider, "one")
    key_of(provider, "two")
    settings.KEY_SECRET, settings.OLD_KEY_SECRETS = "second", ["first"]
    Command().reseal_keys()
    assert capsys.readouterr().out == "2 secrets were resealed with the newest KEY_SECRET.\n"
    Command().reseal_keys()
    assert capsys.readouterr().out == ""
