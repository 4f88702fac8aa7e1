"""Support sees owner, time, duration and outcome; never a title or the text of a message."""

import uuid
from datetime import timedelta

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Permission
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from conversations.models import Conversation, Message, Role, Status, SystemPrompt, User, text_part

LISTS = ("admin:conversations_conversation_changelist", "admin:conversations_message_changelist")
TITLE, QUESTION, ANSWER, THOUGHT, CAUSE = "Zebratitle", "Zebraquestion", "Zebraanswer", "Zebrathought", "429 Zebracause"


@pytest.fixture
def conversation(alice: User) -> Conversation:
    prompt = SystemPrompt.objects.get(slug="assistant")
    conversation = Conversation.objects.create(owner=alice, title=TITLE, prompt=prompt, updated=timezone.now())
    question = Message.objects.create(
        conversation=conversation, owner=alice, role=Role.USER, parts=[text_part(QUESTION)], request_id=uuid.uuid4()
    )
    conversation.leaf = Message.objects.create(
        conversation=conversation,
        owner=alice,
        parent=question,
        role=Role.ASSISTANT,
        parts=[{"type": "reasoning", "text": THOUGHT}, text_part(ANSWER)],
        status=Status.FAILED,
        prompt_version=prompt.published,
        model="gpt-6-mini",
        error_kind="rate_limit",
        error_cause=CAUSE,
        usage={"input_tokens": 1203, "cached_tokens": 1024, "output_tokens": 310, "reasoning_tokens": None, "estimated": True},
        started=timezone.now(),
        first_token=timezone.now() + timedelta(seconds=1.5),
        finished=timezone.now() + timedelta(seconds=4),
    )
    conversation.save()
    return conversation


@pytest.fixture
def supporter(bob: User) -> User:
    """Staff with every right over conversations and messages that can be given, but no superuser."""
    bob.is_staff = True
    bob.save()
    models = ("conversation", "message", "systemprompt", "user", "rejectedparameter")
    bob.user_permissions.set(Permission.objects.filter(content_type__app_label="conversations", content_type__model__in=models))
    return bob


@pytest.fixture(params=["supporter", "admin"])
def looking(request: pytest.FixtureRequest, client: Client) -> Client:
    client.force_login(request.getfixturevalue(request.param))
    return client


def pages(conversation: Conversation) -> list[str]:
    owner = conversation.owner
    urls = ["/admin/", "/admin/conversations/", *map(reverse, LISTS), reverse("admin:conversations_user_changelist")]
    for kind, thing in (("conversation", conversation), ("user", owner), ("systemprompt", conversation.prompt)):
        assert thing
        urls += [reverse(f"admin:conversations_{kind}_{view}", args=[thing.pk]) for view in ("change", "history", "delete")]
    for message in conversation.messages.all():
        urls += [reverse(f"admin:conversations_message_{view}", args=[message.pk]) for view in ("change", "history")]
    return urls


def test_no_page_shows_content(looking: Client, conversation: Conversation) -> None:
    for url in pages(conversation):
        response = looking.get(url)
        assert response.status_code == 200, url
        page = response.content.decode()
        for secret in (TITLE, QUESTION, ANSWER, THOUGHT):
            assert secret not in page, url


def test_what_support_needs_is_there(looking: Client, conversation: Conversation) -> None:
    assert conversation.leaf
    page = looking.get(reverse("admin:conversations_message_change", args=[conversation.leaf.pk])).content.decode()
    characters = len(ANSWER) + len(THOUGHT)
    for shown in (
        "alice",
        "gpt-6-mini",
        "Assistant v1",
        "too many requests: The provider is getting too many requests",
        "1,203 in, 1,024 cached, 310 out (estimated)",
        f"{characters} characters",
    ):
        assert shown in page
    page = looking.get(reverse("admin:conversations_conversation_change", args=[conversation.pk])).content.decode()
    for shown in (str(conversation.pk), str(conversation.leaf.pk), "alice", "failed (too many requests)", "gpt-6-mini", str(characters)):
        assert shown in page


def test_a_page_of_a_message_has_no_empty_rows(looking: Client, conversation: Conversation) -> None:
    question = conversation.messages.get(role="user")
    page = looking.get(reverse("admin:conversations_message_change", args=[question.pk]))
    shown = [field for fieldset in page.context["adminform"] for line in fieldset for field in line]
    assert {field.field["name"] for field in shown} >= {"id", "role", "size", "status"}
    assert [field.field["name"] for field in shown if field.contents() in ("-", "–", "")] == []


def test_only_superusers_see_the_cause_of_an_error(client: Client, conversation: Conversation, supporter: User, admin: User) -> None:
    assert conversation.leaf
    url = reverse("admin:conversations_message_change", args=[conversation.leaf.pk])
    client.force_login(supporter)
    assert CAUSE not in client.get(url).content.decode()
    client.force_login(admin)
    assert CAUSE in client.get(url).content.decode()


@pytest.mark.parametrize("words", [TITLE, QUESTION, ANSWER, CAUSE, "Zebra"])
def test_content_can_not_be_searched(looking: Client, conversation: Conversation, words: str) -> None:
    for name in LISTS:
        assert looking.get(reverse(name), {"q": words}).context["cl"].result_count == 0


@pytest.mark.parametrize(
    "lookup",
    [
        *(
            "title",
            "title__startswith",
            "title__regex",
            "messages__parts__icontains",
            "messages__error_cause__contains",
            "leaf__parts__contains",
        ),
        *(
            "parts__icontains",
            "parts__0__text__startswith",
            "error_cause__contains",
            "conversation__title__startswith",
            "parent__parts__contains",
        ),
        *("conversations__title__startswith", "conversations__messages__parts__contains", "prompt_version__messages__parts__contains"),
    ],
)
def test_a_query_string_can_not_probe_content(looking: Client, conversation: Conversation, lookup: str) -> None:
    for name in (*LISTS, "admin:conversations_user_changelist", "admin:conversations_systemprompt_changelist"):
        for value in ("Zebra", "Nothing"):
            response = looking.get(reverse(name), {lookup: value})
            assert response.status_code == 400 or (response.status_code == 302 and "e=1" in response["Location"])


def test_ids_and_people_are_found(looking: Client, conversation: Conversation, alice: User) -> None:
    question = conversation.messages.get(role=Role.USER)
    for words in (str(conversation.pk), "alice", "ALICE@example.org", str(alice.pk)):
        found = looking.get(reverse(LISTS[0]), {"q": words}).context["cl"].result_list
        assert [row.pk for row in found] == [conversation.pk]
    for words, count in ((str(question.pk), 1), (str(question.request_id), 1), (str(conversation.pk), 2), ("alice", 2), ("alic", 0)):
        assert looking.get(reverse(LISTS[1]), {"q": words}).context["cl"].result_count == count


def test_the_filters_work(looking: Client, conversation: Conversation) -> None:
    messages, old = reverse(LISTS[1]), conversation.messages.get(role=Role.USER)
    for query, count in (
        ({"made": "hour"}, 2),
        ({"made": "week", "status__exact": "failed"}, 1),
        ({"error": "rate_limit"}, 1),
        ({"error": "network"}, 0),
        ({"role__exact": "user"}, 1),
        ({"conversation__id__exact": str(conversation.pk)}, 2),
        ({"owner__id__exact": str(old.owner_id)}, 2),
    ):
        assert looking.get(messages, query).context["cl"].result_count == count
    for query, count in (({"archived__exact": "1"}, 0), ({"pinned__exact": "0"}, 1), ({"updated__gte": "2020-01-01 00:00:00+00:00"}, 1)):
        assert looking.get(reverse(LISTS[0]), query).context["cl"].result_count == count


def test_nothing_can_be_added_or_changed(looking: Client, conversation: Conversation) -> None:
    assert conversation.leaf
    for kind, thing in (("conversation", conversation), ("message", conversation.leaf)):
        assert looking.get(reverse(f"admin:conversations_{kind}_add")).status_code == 403
        assert looking.post(reverse(f"admin:conversations_{kind}_change", args=[thing.pk]), {"title": "x"}).status_code == 403
    assert looking.post(reverse("admin:conversations_message_delete", args=[conversation.leaf.pk]), {"post": "yes"}).status_code == 403
    conversation.refresh_from_db()
    assert conversation.title == TITLE


def test_deleting_asks_in_numbers_and_logs_no_content(looking: Client, conversation: Conversation) -> None:
    url = reverse("admin:conversations_conversation_delete", args=[conversation.pk])
    page = looking.get(url).content.decode()
    assert "Messages: 2" in page
    assert looking.post(url, {"post": "yes"}).status_code == 302
    assert not Conversation.objects.exists()
    assert not Message.objects.exists()
    assert LogEntry.objects.get().object_repr == f"Conversation {conversation.pk}"


def test_deleting_a_selection_shows_no_content_either(looking: Client, conversation: Conversation) -> None:
    chosen = {"action": "delete_selected", "_selected_action": [str(conversation.pk)]}
    page = looking.post(reverse(LISTS[0]), chosen).content.decode()
    assert "Messages: 2" in page
    assert TITLE not in page
    looking.post(reverse(LISTS[0]), chosen | {"post": "yes"})
    assert not Conversation.objects.exists()


def test_deleting_needs_the_permission(client: Client, conversation: Conversation, supporter: User) -> None:
    supporter.user_permissions.remove(Permission.objects.get(codename="delete_conversation"))
    client.force_login(supporter)
    assert client.post(reverse("admin:conversations_conversation_delete", args=[conversation.pk]), {"post": "yes"}).status_code == 403
    assert Conversation.objects.exists()


def test_lists_do_not_load_content(client: Client, conversation: Conversation, admin: User, django_assert_max_num_queries) -> None:
    client.force_login(admin)
    for name in LISTS:
        with django_assert_max_num_queries(8) as queries:
            client.get(reverse(name))
        for query in queries:
            assert '"title"' not in query["sql"]
            assert '"parts"' not in query["sql"]
            assert '"error_cause"' not in query["sql"]
