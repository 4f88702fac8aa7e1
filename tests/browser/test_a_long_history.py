"""Hundreds of messages and conversations: the end is there at once, the rest comes as it is scrolled to."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import BrowserContext, expect

from tests.browser.chat import Chat
from tests.serving import Served

MAKE = """
import datetime
from django.contrib.sessions.models import Session
from django.utils import timezone
from conversations.models import Conversation, Message, User
owner = User.objects.get(pk=Session.objects.get(pk={key!r}).get_decoded()["_auth_user_id"])
now = timezone.now()
conversation = Conversation.objects.create(owner=owner, title="A long talk", updated=now)
parent = None
for number in range(200):
    role = "assistant" if number % 2 else "user"
    parts = [{{"type": "text", "text": f"Message {{number}} " + "and more words. " * (number % 7) * 9}}]
    parent = Message.objects.create(conversation=conversation, owner=owner, parent=parent, role=role, parts=parts)
conversation.leaf = parent
conversation.save()
for number in range(120):
    updated = now - datetime.timedelta(days=number // 4, minutes=number + 1)
    Conversation.objects.create(owner=owner, title=f"Talk {{number}}", updated=updated)
print("ID" + str(conversation.pk))
"""
TOP_OF = "(id) => document.querySelector(`[data-message='${id}']`).getBoundingClientRect().top"


@pytest.fixture
def long_talk(open_context: Callable[..., BrowserContext], site: Served, key: str) -> Chat:
    printed = site.manage("shell", "--no-imports", "-c", MAKE.format(key=key))
    return Chat(open_context(key).new_page()).open(f"/c/{printed.split('ID')[1].strip()}/")


def test_older_messages_come_without_moving_what_is_read(long_talk: Chat) -> None:
    page = long_talk.page
    expect(long_talk.answer).to_contain_text("Message 199")
    expect(long_talk.answer).to_be_in_viewport()
    shown = page.locator("[data-message]")
    expect(shown).to_have_count(40)
    first = shown.first.get_attribute("data-message")
    page.evaluate("document.querySelector('.main > .scroll').scrollTop = 300")
    before = page.evaluate(TOP_OF, first)
    expect(shown).to_have_count(80)
    page.evaluate("() => new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve)))")
    assert abs(page.evaluate(TOP_OF, first) - before) < 4
    for _ in range(8):
        page.evaluate("document.querySelector('.main > .scroll').scrollTop = 0")
        page.wait_for_timeout(50)
    expect(shown).to_have_count(200)
    expect(shown.first).to_contain_text("Message 0")
    page.get_by_role("button", name="To the end").click()
    expect(long_talk.answer).to_be_in_viewport()


def test_older_conversations_come_as_the_list_is_scrolled(long_talk: Chat) -> None:
    rows = long_talk.sidebar.get_by_role("listitem")
    expect(rows).to_have_count(50)
    expect(long_talk.sidebar.get_by_role("heading", name="Today")).to_be_visible()
    expect(long_talk.sidebar.get_by_role("heading", name="Previous 7 days")).to_be_visible()
    for count in (100, 121):
        long_talk.page.evaluate("() => { const list = document.querySelector('.sidebar .list'); list.scrollTop = list.scrollHeight; }")
        expect(rows).to_have_count(count)
    expect(long_talk.row("Talk 119")).to_have_count(1)
