"""The focus stays with the user when the button that had it goes away, and a screen keyboard comes up only in fields."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.support.held_requests import HeldRequests
from tests.support.scripted_openai import Finish, Text

from .chat import Chat
from .provider import NOT_BY_ITSELF, TITLE, Provider
from .test_reading_place import TWO_FRAMES

FOCUSED = "[document.activeElement.localName, document.activeElement.className].join(' ').trim()"
TOO_SMALL = """
[...document.querySelectorAll("button, a.icon-button, .sidebar a")]
  .filter((one) => one.checkVisibility({ visibilityProperty: true }))
  .map((one) => [one.getAttribute("aria-label") ?? one.textContent.trim(), one.getBoundingClientRect()])
  .filter(([, { width, height }]) => Math.min(width, height) < 39.9)
  .map(([name, { width, height }]) => `${name}: ${width} × ${height}`)
"""
MESSAGES = re.compile(r"/c/[^/]+/messages/(\?|$)")
TOP = "document.querySelector('.main > .scroll').scrollTop = 0"


@pytest.fixture
def motion() -> str:
    return "no-preference"


@pytest.fixture
def chat(shared_chat: Chat) -> Chat:
    return shared_chat


def focused(page: Page) -> str:
    return str(page.evaluate(FOCUSED))


def test_after_each_action_typing_goes_on(chat: Chat, provider: Provider) -> None:
    page = chat.page
    provider.says("Count", Text("One, two"), NOT_BY_ITSELF)
    chat.send("Count")
    chat.ended("interrupted")
    provider.server.script(Text(", three."), Finish())
    chat.answer.get_by_role("button", name="Continue").press("Enter")
    expect(chat.composer).to_be_focused()
    chat.ended("complete")
    expect(chat.answer.locator(".meta")).to_contain_text("token")
    expect(chat.answer.locator(".meta")).not_to_contain_text(re.compile(r"\d s\b"))  # which would be the time of its last part only

    provider.says("Count", "\n\n".join(f"Line {number}" for number in range(80)))
    chat.act(chat.answer, "Regenerate")
    expect(chat.composer).to_be_focused()
    chat.ended("complete")

    page.evaluate(TOP)
    page.get_by_role("button", name="Scroll to bottom").press("Enter")
    expect(chat.composer).to_be_focused()
    expect(chat.answer.get_by_text("Line 79")).to_be_in_viewport()

    chat.act(chat.question, "Edit message")
    field = page.get_by_role("textbox", name="Edit message")
    field.fill("Count again")
    page.get_by_role("button", name="Send", exact=True).first.press("Enter")
    expect(chat.composer).to_be_focused()
    chat.ended("complete")

    expect(chat.row(TITLE)).to_be_visible()
    for title in ("Kept", "In the way"):
        provider.title = title
        page.get_by_role("link", name="New chat").first.click()
        chat.ask("What is this?")  # the row has its title when the provider's has come
        expect(chat.row(title)).to_be_visible()
    delete(chat, "Kept")
    expect(chat.row(TITLE).get_by_role("link")).to_be_focused()  # the one below
    delete(chat, "In the way")
    expect(page.get_by_role("heading", name="What are we working on?")).to_be_visible()
    expect(chat.composer).to_be_focused()


def delete(chat: Chat, title: str) -> None:
    chat.page.get_by_role("button", name=f"More for {title}").press("Enter")
    chat.page.get_by_role("menuitem", name="Delete").press("Enter")
    chat.page.get_by_role("dialog").get_by_role("button", name="Delete").press("Enter")
    expect(chat.row(title)).to_have_count(0)


def test_who_went_elsewhere_while_a_conversation_was_fetched_stays_there(chat: Chat, provider: Provider) -> None:
    page = chat.page
    for title in ("Slow", "Other"):
        provider.title = title
        page.get_by_role("link", name="New chat").first.click()
        chat.ask("What is this?")
        expect(chat.row(title)).to_be_visible()
    held = HeldRequests(page, MESSAGES)
    chat.row("Slow").get_by_role("link").click()
    fetching = held.next()
    page.get_by_role("button", name="More for Other").press("Enter")
    expect(page.get_by_role("menuitem", name="Pin", exact=True)).to_be_focused()
    fetching.continue_()
    expect(page.locator(".top .title")).to_have_text("Slow")
    page.evaluate(TWO_FRAMES)  # the composer would have it with the next one
    expect(page.get_by_role("menuitem", name="Pin", exact=True)).to_be_focused()
    chat.row("Other").get_by_role("link").click()
    held.next().continue_()
    expect(chat.composer).to_be_focused()  # where nothing else was chosen


def test_what_has_to_wait_says_why(chat: Chat, provider: Provider) -> None:
    gate, hold = provider.gate()
    problem = chat.page.locator("#problem")
    provider.says("Go on", "And so", hold, " on")
    chat.ask("First")
    chat.send("Go on")
    expect(chat.answer).to_contain_text("And so")
    chat.act(chat.answers.first, "Regenerate")
    expect(problem).to_contain_text("Another answer is still being written.")
    expect(chat.answers.first.get_by_role("button", name="Regenerate")).to_be_focused()
    gate.open()
    chat.ended("complete")
    expect(problem).to_be_hidden()


def test_a_starter_brings_up_no_keyboard_on_a_phone_where_buttons_fit_fingers(
    open_context: Callable[..., BrowserContext], key: str, provider: Provider
) -> None:
    gate, hold = provider.gate()
    page = open_context(key, viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True).new_page()
    chat = Chat(page).open()
    starter = page.locator(".starter").first
    provider.says(starter.inner_text(), "Well", hold)
    starter.tap()
    expect(chat.answer).to_contain_text("Well")
    assert focused(page) == "form composer"
    chat.stop_button.tap()
    chat.ended("stopped")
    assert focused(page) == "form composer"
    chat.answer.get_by_role("button", name="Continue").tap()
    assert focused(page) == "form composer"
    assert page.evaluate(TOO_SMALL) == []
    page.get_by_role("button", name="Conversations").tap()
    more = page.get_by_role("button", name=re.compile("^More for")).first
    expect(more).to_be_visible()
    assert page.evaluate(TOO_SMALL) == []
    more.tap()
    expect(page.get_by_role("menuitem", name="Select several")).to_be_visible()
    assert page.evaluate(TOO_SMALL) == []
    page.get_by_role("menuitem", name="Select several").tap()
    expect(page.get_by_role("toolbar", name="Selected conversations")).to_be_visible()
    assert page.evaluate(TOO_SMALL) == []
