"""A browser that is offline says so at once, shows what was written, and takes back what it said when it is online again."""

from __future__ import annotations

import re

from playwright.sync_api import expect

from .chat import Chat
from .provider import TITLE, Provider

AT_ONCE_MS = 10_000  # far below the half minute that a silent connection takes


def test_it_is_noticed_at_once_and_forgotten_when_it_is_over(chat: Chat, provider: Provider) -> None:
    notice, problem = chat.page.locator("#connection"), chat.page.locator("#problem")
    context = chat.page.context
    provider.says("First", "Here.")
    chat.ask("First")
    expect(chat.row(TITLE)).to_be_visible()  # by which it is found once nothing more can come
    gate, hold = provider.gate()
    provider.says("Long", "The beginning", hold, " and the end.")
    chat.page.get_by_role("link", name="New chat").first.click()
    chat.send("Long")
    expect(chat.answer).to_contain_text("The beginning")

    context.set_offline(True)
    expect(notice).to_contain_text("You are offline", timeout=AT_ONCE_MS)
    chat.sidebar.get_by_role("link").filter(has_text="title").last.click()
    expect(problem).to_contain_text("The server can’t be reached.")
    expect(notice).to_be_hidden()  # one at a time
    gate.open()
    context.set_offline(False)
    chat.ended("complete")
    expect(chat.answer).to_contain_text("The beginning and the end.")
    expect(problem).to_be_hidden()
    expect(notice).to_be_hidden()


def test_a_button_that_needs_something_that_can_not_be_loaded_says_so(chat: Chat) -> None:
    page, problem = chat.page, chat.page.locator("#problem")
    chat.ask("Hello")
    page.route(re.compile(r"/messages/(feedback|editing)\."), lambda route: route.abort())
    for message, button in ((chat.answer, "Good answer"), (chat.question, "Edit message")):
        chat.act(message, button)
        expect(problem).to_contain_text("The server can’t be reached. Check the connection and try again.")
        problem.get_by_role("button", name="Close").click()
        expect(problem).to_be_hidden()
    page.unroute_all()
    chat.act(chat.question, "Edit message")
    expect(page.get_by_role("textbox", name="Edit message")).to_be_focused()


def test_the_first_message_written_offline_is_seen_and_sent(chat: Chat, provider: Provider) -> None:
    provider.says("From the tunnel", "Through.")
    chat.page.context.set_offline(True)
    chat.send("From the tunnel")
    bubble = chat.page.locator(".message[data-role=user]")
    expect(bubble).to_contain_text("From the tunnel")
    expect(bubble).to_contain_text("Will be sent when the connection is back")
    expect(chat.page.locator("#problem")).to_be_hidden()
    expect(chat.page.locator("#connection")).to_contain_text("You are offline")
    chat.page.context.set_offline(False)
    chat.ended("complete")
    expect(bubble).to_have_count(1)
    expect(bubble).not_to_contain_text("Will be sent")
    assert provider.asked("From the tunnel") == 1
