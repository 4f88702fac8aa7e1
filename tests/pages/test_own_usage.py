"""Users see their own usage, and only theirs."""

from __future__ import annotations

import re
from datetime import timedelta
from html import unescape
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from conversations.models import AttemptKind, Limit, Purpose, User
from conversations.usage.limits import in_force
from conversations.usage.reports import rollups
from conversations.usage.reports.personal import PersonalUse
from tests.support import ledger
from tests.support.files import stored_file
from tests.support.limits import limit


def read(client: Client, user: User) -> str:
    client.force_login(user)
    response = client.get("/use/")
    assert response.status_code == 200
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", response.content.decode().split("<main")[1])).split())


def test_it_is_for_those_who_signed_in(client: Client, db: None) -> None:
    assert client.get("/use/")["Location"].startswith("/accounts/login/")


def test_the_chat_links_to_it(client: Client, alice: User) -> None:
    client.force_login(alice)
    assert 'data-use="/use/"' in client.get("/").content.decode()


def test_nothing_yet(client: Client, alice: User) -> None:
    page = read(client, alice)
    assert "You haven’t asked anything in the last 30 days." in page
    assert "Today 0 messages answered 0 tokens $0.00" in page


@pytest.mark.every_database
def test_the_storage_of_files(client: Client, alice: User, bob: User, settings: Any) -> None:
    stored_file(bob, b"x" * 200_000)
    assert "Storage" not in read(client, alice)
    stored_file(alice, b"x" * 3_000_000)
    assert "Files Storage 2.9 MB of 1,000 MB 0 % 0 % used." in read(client, alice)
    limit(person=alice, storage_mb=4)
    assert "Storage 2.9 MB of 4 MB 71 % 71 % used." in read(client, alice)
    Limit.objects.all().delete()
    in_force.forget()
    settings.FILE_STORAGE_MB = 0
    assert "Storage 2.9 MB A file goes with" in read(client, alice)


def test_an_answer_in_a_talk_is_one(client: Client, alice: User) -> None:
    now = timezone.now()
    ledger.attempt(now, owner=alice, purpose=Purpose.AUDIO, kind=AttemptKind.TALK, input_tokens=7, cost=0)
    ledger.attempt(now, owner=alice, purpose=Purpose.AUDIO, kind=AttemptKind.SPEECH, cost=0)
    assert "Today 1 message answered" in read(client, alice)


@pytest.mark.every_database
@pytest.mark.parametrize("rolled_up", [False, True])
def test_bob_never_sees_what_alice_used(client: Client, alice: User, bob: User, rolled_up: bool) -> None:
    now = timezone.now()
    for days in range(5):
        ledger.attempt(now - timedelta(days=days), owner=alice, model="alices-model", input_tokens=1000, output_tokens=234, cost=5 * 10**9)
    ledger.attempt(now - timedelta(days=2), owner=bob, model="bobs-model", input_tokens=70, output_tokens=7, cost=10**9)
    ledger.attempt(now - timedelta(days=2), owner=None, model="nobodys-model", input_tokens=9, cost=10**9)
    if rolled_up:
        assert len(rollups.roll_up_waiting()) >= 3
    page = read(client, bob)
    assert "Last 30 days 1 message answered 77 tokens $1.00" in page
    assert "bobs-model 1 77 $1.00" in page
    assert "alices-model" not in page
    assert "nobodys-model" not in page
    page = read(client, alice)
    assert "Today 1 message answered 1,234 tokens $5.00" in page
    assert "Last 30 days 5 messages answered 6,170 tokens $25.00" in page
    assert "alices-model 5 6,170 $25.00" in page
    assert "bobs-model" not in page


@pytest.mark.every_database
def test_what_is_not_known_is_said(client: Client, alice: User) -> None:
    ledger.attempt(timezone.now(), owner=alice, input_tokens=10, estimated=True)
    page = read(client, alice)
    assert "Today 1 message answered 10 tokens cost unknown" in page
    assert "For 1 of 1 requests, those for titles of conversations included, no price is known, so the cost is unknown." in page
    assert "For 1 the tokens are estimated" in page
    ledger.attempt(timezone.now(), owner=alice, input_tokens=10, cost=10**9)
    page = read(client, alice)
    assert "Today 2 messages answered 20 tokens $1.00" in page
    assert "For 1 of 2 requests, those for titles of conversations included, no price is known, so the cost is higher than shown." in page


@pytest.mark.every_database
def test_failed_and_older_ones_are_no_answers(client: Client, alice: User) -> None:
    now = timezone.now()
    ledger.attempt(now, "provider", owner=alice)
    ledger.attempt(now, "rate_limit", owner=alice, final=False)
    ledger.attempt(now - timedelta(days=30), owner=alice)
    ledger.attempt(now - timedelta(days=29), owner=alice)
    ledger.attempt(now, "down", owner=alice, model="")
    page = read(client, alice)
    assert "Last 30 days 1 message answered" in page
    assert "no model was asked" not in page  # and nothing was used


@pytest.mark.every_database
def test_a_model_that_was_only_asked_in_vain_is_none_that_was_used(client: Client, alice: User) -> None:
    now = timezone.now()
    ledger.attempt(now, "rate_limit", owner=alice, model="in-vain")
    assert "By model" not in read(client, alice)
    ledger.attempt(now, owner=alice, model="answered", cost=0)  # and the provider counted no tokens
    ledger.attempt(now, "interrupted", owner=alice, model="broke-off", input_tokens=10, output_tokens=3, cost=10**9)
    page = read(client, alice)
    assert "in-vain" not in page
    assert "answered 1 0 $0.00 broke-off 0 13 $1.00" in page
    assert "Last 30 days 1 message answered 13 tokens $1.00" in page


def test_ones_own_use_takes_few_queries_on_a_new_site(alice: User) -> None:
    with CaptureQueriesContext(connection) as queries:
        assert PersonalUse(alice, timezone.now()).shown.replies == 0
    assert len(queries) < 10
