"""Messages are read by who may read them, only where the settings allow it, and never without an entry in the admin log."""

from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Permission
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from conversations.commands import attachments
from conversations.models import Conversation, FileKind, Message, Role, User, text_part
from tests.support.files import stored_file


@pytest.fixture
def conversation(alice: User) -> Conversation:
    conversation = Conversation.objects.create(owner=alice, title="Zebratitle", updated=timezone.now())
    Message.objects.create(conversation=conversation, owner=alice, role=Role.USER, parts=[text_part("<script>Zebra</script>")])
    return conversation


@pytest.fixture
def url(conversation: Conversation) -> str:
    return reverse("admin:conversations_conversation_read", args=[conversation.pk])


@pytest.fixture
def allowed(settings) -> None:
    settings.ADMIN_READS_CONVERSATIONS = True


def test_it_is_closed_by_default_even_to_superusers(client: Client, admin: User, url: str, conversation: Conversation) -> None:
    client.force_login(admin)
    assert client.get(url).status_code == 403
    assert client.post(url).status_code == 403
    assert url not in client.get(reverse("admin:conversations_conversation_change", args=[conversation.pk])).content.decode()
    assert not LogEntry.objects.exists()


def test_other_staff_read_by_that_right_alone(client: Client, allowed: None, bob: User, url: str, settings: Any) -> None:
    right = Permission.objects.get(codename="read_conversation")
    bob.is_staff = True
    bob.save()
    bob.user_permissions.set(Permission.objects.exclude(pk=right.pk))
    client.force_login(bob)
    reviewing = reverse("admin:conversations_reviewitem_changelist")
    assert {client.get(url).status_code, client.post(url).status_code, client.get(reviewing).status_code} == {403}
    assert not LogEntry.objects.exists()
    bob.user_permissions.set([right])
    page = client.post(url).content.decode()
    assert "Zebratitle" in page and "alice" not in page  # whose names are for those who may see users
    assert LogEntry.objects.get().user == bob
    assert client.get(reviewing).status_code == 200
    settings.ADMIN_READS_CONVERSATIONS = False
    assert {client.get(url).status_code, client.post(url).status_code, client.get(reviewing).status_code} == {403}


def test_asking_shows_nothing_yet(client: Client, allowed: None, admin: User, url: str) -> None:
    client.force_login(admin)
    page = client.get(url).content.decode()
    assert "Zebra" not in page
    assert "recorded in the admin log" in page
    assert not LogEntry.objects.exists()


def test_each_reading_is_logged_with_who_which_and_why(
    client: Client, allowed: None, admin: User, url: str, conversation: Conversation
) -> None:
    client.force_login(admin)
    response = client.post(url, {"reason": "Ticket 7"})
    page = response.content.decode()
    assert "Zebratitle" in page
    assert "&lt;script&gt;Zebra&lt;/script&gt;" in page
    assert "no-store" in response["Cache-Control"]
    client.post(url)
    again, first = LogEntry.objects.all()
    assert first.user == again.user == admin
    assert first.object_id == again.object_id == str(conversation.pk)
    assert first.get_change_message() == "Read the conversation (1 messages). Reason: Ticket 7"
    assert "Zebra" not in first.object_repr + first.change_message
    history = client.get(reverse("admin:conversations_conversation_history", args=[conversation.pk])).content.decode()
    assert "Ticket 7" in history
    assert "Zebra" not in history


def test_files_are_named_and_linked(client: Client, allowed: None, admin: User, alice: User, url: str, conversation: Conversation) -> None:
    image = stored_file(alice, b"pixels", "<sun>.png", kind=FileKind.IMAGE, content_type="image/png")
    words = stored_file(alice, b"x" * 2048, "words.txt")
    message = conversation.messages.get()
    Message.objects.filter(pk=message.pk).update(parts=[attachments.part(image), attachments.part(words)])
    client.force_login(admin)
    page = client.post(url).content.decode()
    assert f'<a href="/files/{image.pk}/"><img src="/files/{image.pk}/thumbnail/" alt=""' in page
    assert ("&lt;sun&gt;.png</a>" in page, "<sun>" in page) == (True, False)
    assert f'<a href="/files/{words.pk}/">words.txt</a> <span class="quiet">2.0\xa0KB</span>' in page
