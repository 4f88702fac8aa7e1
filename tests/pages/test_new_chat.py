"""A new chat's greeting speaks of ways to begin where its assistant has some."""

from __future__ import annotations

import pytest
from django.test import Client

from conversations.models import SystemPrompt, User

pytestmark = pytest.mark.django_db


def test_the_greeting_offers_what_there_is(client: Client, alice: User) -> None:
    client.force_login(alice)
    prompt = SystemPrompt.objects.get(is_default=True)
    for starters, said in ((["Hello"], "Ask anything, or begin with one of these."), ([], "Ask anything.")):
        prompt.publish(text="You help.", starters=starters)
        assert f"<p>{said}</p>" in client.get("/").content.decode()
