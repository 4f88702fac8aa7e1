"""Bob finds nothing of Alice's, at no address and by no command, and can't tell it from what doesn't exist."""

import json
import uuid

import pytest
from django.test import Client
from django.utils import timezone

from conversations.models import Conversation, Message, Role, Status, User, text_part
from tests.support.socket_client import Socket


@pytest.fixture
def conversation(alice: User) -> Conversation:
    saved = Conversation.objects.create(owner=alice, title="Secret plans", updated=timezone.now())
    question = Message.objects.create(conversation=saved, owner=alice, role=Role.USER, parts=[text_part("a secret question")])
    saved.leaf = Message.objects.create(
        conversation=saved, owner=alice, parent=question, role=Role.ASSISTANT, parts=[text_part("a secret answer")], status=Status.STOPPED
    )
    saved.save()
    return saved


def requests_for(conversation_id: object, message_id: object) -> list[tuple[str, str, object]]:
    return [
        ("get", f"/c/{conversation_id}/", None),
        ("get", f"/c/{conversation_id}/messages/", None),
        ("get", f"/c/{conversation_id}/export/?format=json", None),
        ("get", f"/c/{conversation_id}/export/?format=markdown", None),
        ("post", f"/c/{conversation_id}/leaf/", {"message": str(message_id)}),
        ("get", f"/c/{conversation_id}/messages/{message_id}/delete/", None),
        ("post", f"/c/{conversation_id}/messages/{message_id}/delete/", {}),
        ("post", f"/c/{conversation_id}/messages/{message_id}/feedback/", {"thumb": "up"}),
        ("post", f"/c/{conversation_id}/rename/", {"title": "Mine now"}),
        ("post", f"/c/{conversation_id}/delete/", {}),
        ("post", "/conversations/change/", {"conversations": [str(conversation_id)], "archived": True}),
        ("post", "/conversations/delete/", {"conversations": [str(conversation_id)]}),
    ]


def test_pages_are_not_found_by_a_stranger(client: Client, bob: User, conversation: Conversation) -> None:
    client.force_login(bob)
    assert conversation.leaf is not None
    for ids in ((conversation.pk, conversation.leaf.pk), (uuid.uuid4(), uuid.uuid4())):
        for method, address, body in requests_for(*ids):
            answer = client.get(address) if method == "get" else client.post(address, json.dumps(body), content_type="application/json")
            assert answer.status_code == 404, address
            assert b"secret" not in answer.content.lower()
    conversation.refresh_from_db()
    assert conversation.title == "Secret plans"
    assert not conversation.archived
    assert b"Secret plans" not in client.get("/").content
    assert client.get("/conversations/").json()["conversations"] == []


def test_pages_are_there_for_the_owner(client: Client, alice: User, conversation: Conversation) -> None:
    client.force_login(alice)
    page = client.get(f"/c/{conversation.pk}/")
    assert page.status_code == 200
    assert b"a secret answer" in page.content
    assert [m["parts"][0]["text"] for m in client.get(f"/c/{conversation.pk}/messages/").json()["messages"]] == [
        "a secret question",
        "a secret answer",
    ]


@pytest.mark.every_database
def test_a_branch_can_only_be_one_of_this_conversation(client: Client, alice: User, bob: User, conversation: Conversation) -> None:
    theirs = Conversation.objects.create(owner=bob, title="Other", updated=timezone.now())
    stray = Message.objects.create(conversation=theirs, owner=bob, role=Role.USER, parts=[text_part("x")])
    client.force_login(alice)
    answer = client.post(f"/c/{conversation.pk}/leaf/", json.dumps({"message": str(stray.pk)}), content_type="application/json")
    assert answer.status_code == 404
    for method in (client.get, client.post):
        assert method(f"/c/{conversation.pk}/messages/{stray.pk}/delete/").status_code == 404
        assert method(f"/c/{theirs.pk}/messages/{stray.pk}/delete/").status_code == 404


@pytest.mark.every_database
def test_bad_requests_are_answered(client: Client, alice: User, conversation: Conversation) -> None:
    client.force_login(alice)
    for body in (b"{", b"[1]", b'{"title": "\\ud800"}', b"[" * 100_000):
        assert client.post(f"/c/{conversation.pk}/rename/", body, content_type="application/json").status_code == 400
    for cursor in ("x", "~", f"0001-01-01T00:00:00+23:59~{conversation.pk}", "2026-01-01~no"):
        assert client.get("/conversations/", {"before": cursor}).status_code == 400


def test_without_signing_in_there_is_nothing(client: Client, conversation: Conversation) -> None:
    assert conversation.leaf is not None
    for method, address, body in requests_for(conversation.pk, conversation.leaf.pk):
        answer = client.get(address) if method == "get" else client.post(address, json.dumps(body), content_type="application/json")
        assert answer.status_code in (302, 401), address
        assert b"secret" not in answer.content.lower()
    assert client.get("/").headers["Location"].startswith("/accounts/login/")


@pytest.mark.every_database
@pytest.mark.django_db(transaction=True)
async def test_commands_find_nothing_of_a_stranger_s(alice: User, bob: User, conversation: Conversation) -> None:
    assert conversation.leaf is not None
    async with Socket(bob) as socket:
        answers = {}
        for name, ids in (
            ("hers", (conversation.pk, conversation.leaf.pk, conversation.leaf.parent_id)),
            ("nobody's", (uuid.uuid4(), uuid.uuid4(), uuid.uuid4())),
        ):
            chat, reply, question = ids
            commands: list[tuple[str, dict[str, object]]] = [
                ("watch", {"conversation": chat}),
                ("send", {"conversation": chat, "text": "hello"}),
                ("edit", {"message": question, "text": "other words"}),
                ("regenerate", {"message": reply}),
                ("continue", {"message": reply}),
                ("stop", {"message": reply}),
            ]
            answers[name] = []
            for command, fields in commands:
                request = await socket.command(command, **fields)
                frame = await socket.next()
                assert (frame["type"], frame["code"], frame["id"]) == ("error", "not_found", request), command
                answers[name].append((frame["code"], frame["detail"]))
        assert answers["hers"] == answers["nobody's"]
        own = Conversation(owner=bob, title="Bob's", updated=timezone.now())
        await own.asave()
        await socket.command("send", conversation=own.pk, parent=conversation.leaf.pk, text="hello")
        assert (await socket.next())["code"] == "not_found"
    assert await Message.objects.filter(conversation=conversation).acount() == 2
