"""What an administrator takes away or deletes is gone from open sockets and pages at once."""

import pytest
from asgiref.sync import sync_to_async
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from conversations.models import Conversation, User
from tests.support.html_forms import entries
from tests.support.socket_client import Socket

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.every_database]


@sync_to_async
def deactivate(client: Client, person: User) -> None:
    url = reverse("admin:conversations_user_change", args=[person.pk])
    fields = entries(client.get(url).content.decode(), "user_form")
    del fields["is_active"]
    assert client.post(url, fields).status_code == 302


@sync_to_async
def set_password(client: Client, person: User) -> None:
    url = reverse("admin:auth_user_password_change", args=[person.pk])
    new = "a whole new staple"
    assert client.post(url, {"password1": new, "password2": new, "usable_password": "true"}).status_code == 302


@sync_to_async
def delete(client: Client, person: User) -> None:
    assert client.post(reverse("admin:conversations_user_delete", args=[person.pk]), {"post": "yes"}).status_code == 302


@sync_to_async
def delete_in_the_list(client: Client, person: User) -> None:
    chosen = {"action": "delete_selected", "_selected_action": [str(person.pk)], "post": "yes"}
    assert client.post(reverse("admin:conversations_user_changelist"), chosen).status_code == 302


@pytest.mark.parametrize("take_away", [deactivate, set_password, delete, delete_in_the_list])
async def test_losing_the_account_closes_the_sockets(signed_in: Client, alice: User, bob: User, take_away) -> None:
    async with Socket(alice) as socket, Socket(bob) as other:
        await take_away(signed_in, alice)
        assert await socket.closed_with() == 4401
        assert await other.silent()


async def test_a_deleted_conversation_leaves_its_owners_page(signed_in: Client, alice: User) -> None:
    conversation = await Conversation.objects.acreate(owner=alice, updated=timezone.now())
    url = reverse("admin:conversations_conversation_delete", args=[conversation.pk])
    async with Socket(alice) as socket:
        await sync_to_async(signed_in.post)(url, {"post": "yes"})
        frame = await socket.until("conversation")
    assert (frame["conversation"], frame["removed"]) == (str(conversation.pk), True)
