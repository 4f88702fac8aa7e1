"""Attempts in the admin: found by everything that is known of them, shown with all that they used, and never changed."""

from __future__ import annotations

import uuid
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from conversations.admin.base import bounded_count
from conversations.models import Attachment, Attempt, Conversation, File, Message, Provider, Purpose, Role, SystemPrompt, User
from tests.support.admin_pages import KEY, provider_at, staff, url

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("signed_in")]


@pytest.fixture
def provider() -> Provider:
    return provider_at("http://models.example/v1", KEY, KEY)


@pytest.fixture
def reply(alice: User) -> Message:
    conversation = Conversation.objects.create(owner=alice, updated=timezone.now())
    return Message.objects.create(conversation=conversation, owner=alice, role=Role.ASSISTANT)


def attempt(**fields: Any) -> Attempt:
    now = timezone.now()
    return Attempt.objects.create(**{"recorded": now, "started": now, "number": 1, "outcome": "ok", "duration_ms": 1234, **fields})


def found(client: Client, **query: Any) -> set[Any]:
    return {row.pk for row in client.get(url("attempt_changelist"), query).context["cl"].result_list}


def test_all_of_one_is_shown(client: Client, provider: Provider, reply: Message, alice: User) -> None:
    version = SystemPrompt.objects.get(slug="assistant").published
    key = provider.keys.get(label="main")
    one = attempt(
        provider=provider,
        key=key,
        reply=reply,
        owner=alice,
        prompt_version=version,
        model="house",
        number=2,
        outcome="rate_limit",
        cause="Slow <b>down</b>",
        status=429,
        request_id="req_77",
        retry_after=1.5,
        first_token_ms=2345,
        input_tokens=1000,
        cached_tokens=100,
        output_tokens=50,
        cost=1_234_000_000,
    )
    page = client.get(url("attempt_change", one.pk)).content.decode()
    for words in (
        *(
            "too many requests: The provider is getting too many requests",
            "Slow &lt;b&gt;down&lt;/b&gt;",
            "429",
            "req_77",
            "1.5 s",
            "2,345 ms",
            "Which attempt this was (1 = first).",
        ),
        *("1,234 ms", "1,000 in, 100 of them cached, 50 out", "$1.234"),
    ):
        assert words in page, words
    for name, thing in (("message", reply), ("conversation", reply.conversation), ("user", alice), ("provider", provider), ("apikey", key)):
        assert f'href="{url(f"{name}_change", thing.pk)}"' in page
    assert version
    assert url("systemprompt_version", version.prompt_id, version.number) in page
    for heading in ("Purpose", "Provider", "Outcome", "Times", "Usage"):
        assert heading in page


@pytest.mark.parametrize(("nano", "shown"), [(None, "unknown"), (0, "$0.00"), (1_500_000, "$0.0015"), (2_000_000_000, "$2.00")])
def test_costs_are_dollars(client: Client, nano: int | None, shown: str) -> None:
    one = attempt(cost=nano)
    assert shown in client.get(url("attempt_change", one.pk)).content.decode()
    assert shown in client.get(url("attempt_changelist")).content.decode()


@pytest.mark.every_database
def test_it_is_filtered_by_all_that_support_asks_for(client: Client, provider: Provider, reply: Message, alice: User) -> None:
    other = Provider.objects.create(name="Other", base_url="http://other.example/v1")
    key = provider.keys.get(label="main")
    old = attempt(provider=other, model="old", recorded=timezone.now() - timedelta(days=40))
    good = attempt(provider=provider, key=key, model="house", reply=reply, owner=alice)
    bad = attempt(provider=provider, model="house", outcome="timeout", number=2, final=False)
    stopped = attempt(provider=other, outcome="stopped", purpose=Purpose.TITLE)
    not_sent = attempt(outcome="unavailable", number=0, request_id="req_5")
    for query, wanted in (
        ({"provider__id__exact": provider.pk}, {good, bad}),
        ({"key__id__exact": key.pk}, {good}),
        ({"model": "old"}, {old}),
        ({"outcome": "timeout"}, {bad}),
        ({"outcome": "trouble"}, {bad, not_sent}),
        ({"purpose__exact": "title"}, {stopped}),
        ({"final__exact": "0"}, {bad}),
        ({"try": "again"}, {bad}),
        ({"try": "not_sent"}, {not_sent}),
        ({"made": "month"}, {good, bad, stopped, not_sent}),
        ({"reply__id__exact": reply.pk}, {good}),
        ({"reply__conversation__id__exact": reply.conversation_id}, {good}),
        ({"owner__id__exact": alice.pk}, {good}),
        ({"q": "alice"}, {good}),
        ({"q": str(reply.pk)}, {good}),
        ({"q": str(bad.pk)}, {bad}),
        ({"q": "req_5"}, {not_sent}),
        ({"provider__id__exact": provider.pk, "outcome": "ok"}, {good}),
    ):
        assert found(client, **query) == {row.pk for row in wanted}, query
    assert client.get(url("attempt_changelist"), {"cause__contains": "x"}).status_code in (302, 400)


@pytest.mark.every_database
def test_a_long_list_is_not_counted_to_its_end(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bounded_count, "MOST", 120)
    now = timezone.now()
    Attempt.objects.bulk_create(Attempt(recorded=now, started=now, number=1, outcome="ok", duration_ms=number) for number in range(150))
    with CaptureQueriesContext(connection) as queries:
        response = client.get(url("attempt_changelist"))
    counts = [query["sql"] for query in queries if "COUNT(" in query["sql"] and "conversations_attempt" in query["sql"]]
    assert counts
    assert all("LIMIT 121" in sql for sql in counts)
    assert "can be paged through" in response.content.decode()
    assert response.context["cl"].result_list[0].duration_ms == 149
    assert [row.duration_ms for row in client.get(url("attempt_changelist"), {"p": "3"}).context["cl"].result_list] == [*range(49, 29, -1)]
    assert "can be paged through" not in client.get(url("attempt_changelist"), {"outcome": "timeout"}).content.decode()


def test_the_number_of_queries_does_not_grow_with_the_rows(client: Client, provider: Provider, alice: User) -> None:
    def queries() -> int:
        with CaptureQueriesContext(connection) as captured:
            client.get(url("attempt_changelist"))
        return len(captured)

    attempt(provider=provider, owner=alice)
    before = queries()
    for _ in range(10):
        attempt(provider=provider, owner=alice, key=provider.keys.first())
    assert queries() == before


@pytest.mark.every_database
def test_rows_outlive_what_they_point_to(client: Client) -> None:
    gone = uuid.uuid4()
    one = attempt(provider_id=gone, key_id=gone, reply_id=gone, prompt_version_id=gone, owner_id=4711)
    assert client.get(url("attempt_change", one.pk)).status_code == 200
    assert found(client) == {one.pk}


def test_nobody_changes_it(client: Client) -> None:
    one = attempt()
    assert client.post(url("attempt_change", one.pk), {"outcome": "x"}).status_code == 403
    assert client.post(url("attempt_delete", one.pk), {"post": "yes"}).status_code == 403
    assert client.get(url("attempt_add")).status_code == 403
    client.post(url("attempt_changelist"), {"action": "delete_selected", "_selected_action": [str(one.pk)], "post": "yes"})
    assert Attempt.objects.count() == 1


def test_a_message_shows_its_attempts(client: Client, provider: Provider, reply: Message, bob: User) -> None:
    one = attempt(reply=reply, provider=provider, key=provider.keys.get(label="main"), outcome="timeout")
    page = url("message_change", reply.pk)
    assert url("attempt_change", one.pk) in client.get(page).content.decode()
    assert "main (…cdef)" in client.get(page).content.decode()
    client.force_login(staff(bob, "view_message"))
    shown = client.get(page).content.decode()
    assert "Attempts</h2>" not in shown
    assert "…cdef" not in shown


def test_who_may_not_look_sees_none(client: Client, provider: Provider, alice: User, bob: User) -> None:
    one = attempt(provider=provider, owner=alice, cause="secret cause")
    client.force_login(staff(bob, "view_message", "view_user", "view_provider", "view_conversation"))
    assert client.get(url("attempt_changelist")).status_code == 403
    assert client.get(url("attempt_change", one.pk)).status_code == 403
    for page in (url("user_change", alice.pk), url("provider_change", provider.pk), "/admin/"):
        assert "/attempt/" not in client.get(page).content.decode()
    client.force_login(staff(bob, "view_attempt"))
    shown = client.get(url("attempt_change", one.pk)).content.decode()
    assert "secret cause" not in shown  # as with messages, what the provider said is for superusers
    for name in ("user", "provider"):
        assert f"/conversations/{name}/" not in shown


def test_people_conversations_and_versions_lead_to_their_attempts(client: Client, reply: Message, alice: User) -> None:
    version = SystemPrompt.objects.get(slug="assistant").published
    assert version
    for page, query in (
        (url("user_change", alice.pk), f"owner__id__exact={alice.pk}"),
        (url("conversation_change", reply.conversation_id), f"reply__conversation__id__exact={reply.conversation_id}"),
        (url("systemprompt_version", version.prompt_id, version.number), f"prompt_version__id__exact={version.pk}"),
    ):
        assert f"{url('attempt_changelist')}?{query}" in client.get(page).content.decode()


def test_it_leads_to_the_passage_the_file_or_the_pictures_that_it_was_for(client: Client, reply: Message, alice: User) -> None:
    recording = File.objects.create(owner=alice, digest="1", name="a.mp3", kind="audio", size=1)
    picture = File.objects.create(owner=alice, digest="2", name="a.png", kind="image", size=1)
    Attachment.objects.create(message=reply, file=picture)
    spoken = attempt(kind="speech", purpose="audio", for_message=reply.pk, passage_start=0, passage_end=1200, spoken_ms=75_000)
    heard = attempt(kind="transcripts", purpose="audio", for_file=recording.pk, heard_ms=30_000, input_tokens=300, input_audio_tokens=290)
    drawn = attempt(kind="pictures", purpose="image", reply=reply, pictures=1, picture_form="1024x1024 high")
    pages = {one.pk: client.get(url("attempt_change", one.pk)).content.decode() for one in (spoken, heard, drawn)}
    assert f'href="{url("message_change", reply.pk)}"' in pages[spoken.pk]
    assert f'href="{url("conversation_change", reply.conversation_id)}"' in pages[spoken.pk]
    assert "characters 0 to 1,200 of the answer" in pages[spoken.pk]
    assert "1.2 min made" in pages[spoken.pk]
    assert f'href="{url("file_change", recording.pk)}"' in pages[heard.pk]
    assert "300 in, 290 of them sound" in pages[heard.pk]
    assert f'href="{url("file_change", picture.pk)}"' in pages[drawn.pk]
    assert "1 picture (1024x1024 high)" in pages[drawn.pk]
    assert found(client, kind__exact="speech") == {spoken.pk}
    recording.delete()
    reply.conversation.delete()
    assert "deleted" in client.get(url("attempt_change", heard.pk)).content.decode()
    assert client.get(url("attempt_change", spoken.pk)).status_code == 200
