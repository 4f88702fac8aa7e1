"""A provider's error may quote the message. What it quotes decides about no key, is read by superusers alone, and goes with the message."""

from __future__ import annotations

from typing import Any

import pytest
from asgiref.sync import sync_to_async
from django.apps import apps
from django.contrib.auth.models import Permission
from django.db import transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from conversations.commands import branches, deletion
from conversations.models import ApiKey, Attempt, Conversation, Message, RejectedParameter, SystemPrompt, User
from conversations.usage.ledger import recording
from conversations.usage.ledger.finished_attempt import FinishedAttempt
from tests.support.admin_pages import staff
from tests.support.ledger import attempt
from tests.support.scripted_openai import Answer, Event, Request, ScriptedOpenAI, failure
from tests.support.socket_client import Socket

pytestmark = pytest.mark.django_db(transaction=True)

SECRET = "Zebrasecret"
TALK = (
    "What does invalid_api_key mean, or incorrect api key? Is billing about insufficient_quota or insufficient credit? "
    "And rate limit exceeded, too many requests, overloaded?"
)


@pytest.mark.parametrize("status", [400, 403, 404, 422, 500])
async def test_words_of_a_message_decide_about_no_key(alice: User, openai: ScriptedOpenAI, settings: Any, status: int) -> None:
    settings.RETRY_SECONDS = 0.0
    openai.queue(failure(status, f"Your message “{TALK}” was refused."))
    async with Socket(alice) as socket:
        assert (await socket.answer(TALK))["error"]["kind"] not in ("key", "quota", "rate_limit")
    assert await ApiKey.objects.filter(refused=None, cooling_until=None).acount() == 1


async def test_nor_do_they_amid_a_stream(alice: User, openai: ScriptedOpenAI, settings: Any) -> None:
    settings.RETRY_SECONDS = 0.0
    openai.script(Event({"error": {"message": f"Refused: {TALK}", "type": "server_error", "code": None}}))
    async with Socket(alice) as socket:
        assert (await socket.answer(TALK))["status"] == "failed"
    assert await ApiKey.objects.filter(refused=None, cooling_until=None).acount() == 1


@pytest.mark.parametrize(
    ("answer", "trouble"),
    [
        (failure(400, SECRET, code="invalid_api_key"), "key"),
        (Answer(status=400, body=[{"error": {"message": SECRET, "details": [{"reason": "API_KEY_INVALID"}]}}]), "key"),
        (failure(403, SECRET, type="billing_error"), "quota"),
        (Answer(status=403, body={"error": {"message": SECRET, "status": "RESOURCE_EXHAUSTED"}}), "rate_limit"),
        (failure(401, SECRET), "key"),
        (failure(402, SECRET), "quota"),
        (failure(429, SECRET), "rate_limit"),
    ],
)
async def test_status_code_and_type_do_and_no_word_is_stored_with_the_key(
    alice: User, openai: ScriptedOpenAI, settings: Any, answer: Answer, trouble: str
) -> None:
    settings.RETRY_SECONDS = 0.0
    openai.queue(answer)
    async with Socket(alice) as socket:
        assert (await socket.answer("Hello"))["error"]["kind"] == trouble
    key = await ApiKey.objects.aget()
    assert (bool(key.refused), bool(key.cooling_until)) == (trouble == "key", trouble != "key")
    assert (key.trouble, key.trouble_status) == (trouble, answer.status)


# Who reads them


def answered_with_quotes(request: Request) -> Answer | None:
    if "temperature" in request.body:
        return failure(400, f"temperature is not supported, in “{SECRET}”", param="temperature", code="unsupported_parameter")
    return failure(401, f"Refused: {SECRET}", code="unauthorized")


@pytest.fixture
async def quoted(alice: User, openai: ScriptedOpenAI) -> Conversation:
    """After a refused parameter and a refused key, both with the words of the message; its title was asked for, too."""
    prompt = await SystemPrompt.objects.aget(is_default=True)
    version = await prompt.versions.acreate(number=2, text="Hi", parameters={"temperature": 0.2})
    await SystemPrompt.objects.filter(pk=prompt.pk).aupdate(published=version)
    openai.answer_with = answered_with_quotes
    async with Socket(alice) as socket:
        finished = await socket.answer(f"{SECRET}?")
    assert finished["error"]["kind"] == "key"
    assert await RejectedParameter.objects.acount() == 1
    assert await Attempt.objects.filter(cause__contains=SECRET).acount() == 2
    return await Conversation.objects.aget()


async def test_superusers_alone_read_them(quoted: Conversation, bob: User, admin: User) -> None:
    await sync_to_async(pages_show_no_word)(bob, admin)


def pages_show_no_word(bob: User, admin: User) -> None:
    rights = Permission.objects.filter(content_type__app_label="conversations")
    staff(bob, *rights.values_list("codename", flat=True))
    names = ["index", "reports"]
    rows = [Attempt.objects.all(), Message.objects.filter(role="assistant"), ApiKey.objects.all(), RejectedParameter.objects.all()]
    urls = [reverse(f"admin:{name}") for name in names]
    for found in rows:
        name = f"admin:conversations_{found.model._meta.model_name}"
        urls += [reverse(f"{name}_changelist"), *(reverse(f"{name}_change", args=[row.pk]) for row in found)]
    urls += [reverse("admin:conversations_provider_change", args=[key.provider_id]) for key in ApiKey.objects.all()]
    reading: dict[str, set[str]] = {}
    for user in (bob, admin):
        client = Client()
        client.force_login(user)
        for url in urls:
            response = client.get(url)
            assert response.status_code == 200, url
            if SECRET in response.content.decode():
                reading.setdefault(user.username, set()).add(url.split("/")[3])
    assert reading == {"admin": {"attempt", "message"}}


# How long they stay


def tables_with_the_word() -> list[str]:
    return [model.__name__ for model in apps.get_models() for row in model._default_manager.values() if SECRET in str(row)]


@pytest.mark.every_database
@pytest.mark.parametrize("way", ["conversation", "person", "branch"])
async def test_they_go_with_the_message(quoted: Conversation, alice: User, way: str) -> None:
    await sync_to_async(delete)(quoted, alice, way)
    assert await sync_to_async(tables_with_the_word)() == []
    assert await Attempt.objects.acount() == 2, "What was used stays in the ledger."


def delete(conversation: Conversation, alice: User, way: str) -> None:
    if way == "person":
        alice.delete()
    elif way == "conversation":
        deletion.announce([conversation])
        conversation.delete()
    else:
        Conversation.objects.update(title="Given by the user")
        question = conversation.messages.get(role="user")
        other = Message.objects.create(conversation=conversation, owner=alice, role="user")
        branches.delete(alice, conversation.pk, question.pk)
        assert list(conversation.messages.all()) == [other]


@pytest.mark.every_database
def test_a_cause_is_not_stored_for_what_is_deleted_already_or_never_will_be(alice: User) -> None:
    late = FinishedAttempt(started=timezone.now(), number=1, outcome="provider", duration_ms=1, cause=SECRET)
    for reply_id in (None, late.id):
        with transaction.atomic():
            recording.record([late], reply_id=reply_id, owner_id=alice.pk)
        assert Attempt.objects.get().cause == ""
        Attempt.objects.all().delete()


@pytest.mark.every_database
def test_what_another_process_wrote_while_it_was_deleted_is_emptied(alice: User) -> None:
    conversation = Conversation.objects.create(owner=alice, updated=timezone.now())
    reply = Message.objects.create(conversation=conversation, owner=alice, role="assistant", status="streaming")
    with transaction.atomic():
        deletion.announce([conversation])
        conversation.delete()
        attempt(timezone.now(), "provider", reply_id=reply.pk, cause=SECRET)
    assert Attempt.objects.get().cause == ""
