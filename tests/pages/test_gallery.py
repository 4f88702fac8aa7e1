"""Users see the pictures that were made for them, where they still have the conversation; only theirs."""

from __future__ import annotations

import re

import pytest
from django.test import Client

from conversations.files import made
from conversations.models import File, Message, User, attach
from conversations.pages import gallery
from tests.support.files import stored_file
from tests.support.pictures import picture
from tests.support.talks import Talk

ADDRESS = "/accounts/pictures/"

pytestmark = pytest.mark.django_db


def drawn(talk: Talk, colour: str) -> str:
    """A picture that was made in it; its id."""
    reply = talk.say("Here it is", talk.say(f"Draw it {colour}"))
    part = made.store(reply, reply.run, made.read(picture(colour), "It"), reply.parts, f"A {colour} field")
    assert part is not None
    return str(part["file"])


def listed(client: Client, query: str = "") -> list[str]:
    page = client.get(f"{ADDRESS}{query}")
    assert page.status_code == 200
    return re.findall(r'data-file="([^"]+)"', page.content.decode())


def test_a_user_s_own_are_listed_newest_first_with_their_conversation(client: Client, alice: User, bob: User) -> None:
    first, second, of_bob = Talk(alice, "Teal things"), Talk(alice, "Red things"), Talk(bob, "Bob's")
    teal, red, secret = drawn(first, "teal"), drawn(second, "red"), drawn(of_bob, "black")
    attach(first.say("See mine"), [stored_file(alice)])  # is no picture that was made
    assert client.get(ADDRESS)["Location"].startswith("/accounts/login/")
    client.force_login(alice)
    assert listed(client) == [red, teal]
    page = client.get(ADDRESS).content.decode()
    assert f'href="/c/{first.conversation.pk}/?picture={teal}"' in page
    assert f'href="/c/{second.conversation.pk}/"' in page
    assert "Teal things" in page
    assert 'alt="A teal field" loading="lazy"' in page
    client.force_login(bob)
    assert listed(client) == [secret]


def test_what_is_temporary_or_deleted_is_not_there_and_pages_follow(client: Client, alice: User, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gallery, "ON_A_PAGE", 1)
    talk, temporary, deleted = Talk(alice, "Kept"), Talk(alice, "Temporary"), Talk(alice, "Deleted")
    teal, red = drawn(talk, "teal"), drawn(talk, "red")
    drawn(temporary, "blue")
    drawn(deleted, "green")
    temporary.conversation.temporary = True
    temporary.conversation.save()
    Message.objects.filter(conversation=deleted.conversation).delete()
    client.force_login(alice)
    assert [listed(client), listed(client, "?page=2"), File.objects.of(alice).count()] == [[red], [teal], 4]
    assert 'href="?page=2"' in client.get(ADDRESS).content.decode()
