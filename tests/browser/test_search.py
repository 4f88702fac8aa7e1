"""Searching from anywhere in the page leads to the message, on whichever branch and however far up it is."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import BrowserContext, Locator, expect

from tests.support.axe import findings
from tests.support.serving import Served

from .chat import Chat
from .provider import Provider

MAKE = """
from django.contrib.sessions.models import Session
from django.utils import timezone
from conversations.models import Conversation, Message, User, text_part
from conversations.search import rebuilding
owner = User.objects.get(pk=Session.objects.get(pk={key!r}).get_decoded()["_auth_user_id"])
conversation = Conversation.objects.create(owner=owner, title="A long talk <b>bold</b>", updated=timezone.now())
made, parent = [], None
for number in range(300):
    role = "assistant" if number % 2 else "user"
    text = "The ptarmigan <i>hides</i> here" if number == 50 else f"Message {{number}} " + "and more words. " * (number % 40)
    message = Message(conversation=conversation, owner=owner, parent=parent, role=role, parts=[text_part(text)])
    made.append(message)
    parent = message
Message.objects.bulk_create(made)
conversation.leaf = parent
conversation.save()
rebuilding.rebuild()
print(f"ID {{conversation.pk}} {{made[50].pk}} ")
"""


@pytest.fixture(scope="module")
def reader(session_keys: Iterator[str]) -> str:
    return next(session_keys)


@pytest.fixture(scope="module")
def long_talk(site: Served, reader: str) -> tuple[str, str]:
    """The ids of a conversation, and of a message far up in it."""
    conversation, message = site.run(MAKE.format(key=reader)).split("ID ")[1].split()[:2]
    return conversation, message


def searched(chat: Chat, text: str) -> Locator:
    """The options that come when this is typed."""
    dialog = chat.page.get_by_role("dialog", name="Search chats")
    if not dialog.is_visible():
        chat.page.keyboard.press("Control+K")
    expect(dialog.get_by_role("combobox")).to_be_focused()
    dialog.get_by_role("combobox").fill(text)
    return dialog.get_by_role("option")


def test_it_leads_to_a_message_of_another_branch(chat: Chat, provider: Provider) -> None:
    provider.says("Tell me of marmots", "Marmots whistle.")
    chat.ask("Tell me of marmots")
    chat.act(chat.question, "Edit message")
    chat.page.get_by_role("textbox", name="Edit message").fill("Tell me of herons")
    chat.page.get_by_role("button", name="Send", exact=True).first.click()
    expect(chat.question).to_contain_text("herons")
    chat.ended("complete")
    chat.page.keyboard.press("Control+Shift+O")
    expect(chat.question).to_have_count(0)
    options = searched(chat, "marmots whist")
    expect(options).to_have_count(1)
    expect(options.locator(".excerpt mark")).to_have_text(["Marmots", "whistle"])
    expect(options).to_have_attribute("aria-selected", "true")
    chat.page.keyboard.press("Enter")
    expect(chat.page.get_by_role("dialog")).to_have_count(0)
    expect(chat.answer).to_contain_text("Marmots whistle.")
    expect(chat.question).to_contain_text("marmots")
    expect(chat.answer).to_be_focused()
    expect(chat.page.locator(".message.found")).to_have_count(0)


def test_it_leads_far_up_in_a_long_conversation_and_so_does_its_address(
    open_context: Callable[..., BrowserContext], reader: str, long_talk: tuple[str, str]
) -> None:
    page = open_context(reader).new_page()
    chat = Chat(page).open()
    conversation, message = long_talk
    options = searched(chat, "ptarmigan")
    expect(options).to_contain_text("The ptarmigan <i>hides</i> here")
    expect(options).to_contain_text("A long talk <b>bold</b>")
    with page.context.expect_page() as opened:
        page.keyboard.press("Control+Enter")
    beside = opened.value
    options.click()
    for one in (page, beside):
        found = one.locator(f'[data-message="{message}"]')
        expect(found).to_be_in_viewport(timeout=15_000)
        expect(found).to_be_focused()
        expect(one).to_have_url(page.url)
    assert page.url.endswith(f"/c/{conversation}/")


def test_what_it_says(open_context: Callable[..., BrowserContext], reader: str, long_talk: tuple[str, str]) -> None:
    page = open_context(reader).new_page()
    chat = Chat(page).open()
    page.get_by_role("button", name="Search chats").click()
    dialog = page.get_by_role("dialog", name="Search chats")
    expect(dialog.get_by_text("Recent")).to_be_visible()
    expect(dialog.get_by_role("option")).to_contain_text("A long talk <b>bold</b>")
    options = searched(chat, "words")
    expect(options).to_have_count(40)
    page.keyboard.press("ArrowUp")
    expect(options.last).to_have_attribute("aria-selected", "true")
    expect(options.last).to_be_in_viewport()
    assert findings(page) == []
    expect(searched(chat, "unheard")).to_have_count(0)
    expect(dialog.get_by_text("Nothing found for “unheard”.")).to_be_visible()
    page.context.set_offline(True)
    searched(chat, "words")
    expect(dialog.get_by_text("You are offline")).to_be_visible()
    page.context.set_offline(False)
    page.keyboard.press("Escape")
    expect(dialog).to_have_count(0)
