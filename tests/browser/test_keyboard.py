"""Everything can be done without a mouse."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from .chat import Chat
from .provider import TITLE, Provider


@pytest.fixture
def motion() -> str:
    return "no-preference"


@pytest.fixture
def chat(shared_chat: Chat) -> Chat:
    return shared_chat


def test_writing(chat: Chat, provider: Provider) -> None:
    keyboard = chat.page.keyboard
    expect(chat.composer).to_be_focused()
    keyboard.type("First line")
    keyboard.press("Shift+Enter")
    keyboard.type("second line")
    expect(chat.composer).to_have_value("First line\nsecond line")
    keyboard.press("Enter")
    chat.ended("complete")
    expect(chat.question.locator(".text")).to_have_text("First line\nsecond line")
    expect(chat.composer).to_be_focused()
    expect(chat.composer).to_have_value("")


def test_a_new_chat_from_anywhere(chat: Chat) -> None:
    chat.ask("Anything")
    chat.page.keyboard.press("Control+Shift+O")
    expect(chat.page.get_by_role("heading", name="What are we working on?")).to_be_visible()
    expect(chat.composer).to_be_focused()


def test_picking_who_answers(chat: Chat, provider: Provider) -> None:
    pill = chat.page.locator(".pill")
    pill.focus()
    chat.page.keyboard.press("Enter")
    expect(chat.page.get_by_role("menu", name="Assistant")).to_be_visible()
    expect(chat.page.get_by_role("menuitemradio", checked=True)).to_be_focused()
    chat.page.keyboard.press("Escape")
    expect(chat.page.get_by_role("menu")).to_have_count(0)
    expect(pill).to_be_focused()
    chat.page.keyboard.press("Space")
    expect(chat.page.get_by_role("menuitemradio", checked=True)).to_be_focused()
    chat.page.keyboard.press("Enter")
    expect(chat.composer).to_be_focused()


def test_a_starter_begins_a_conversation(chat: Chat, provider: Provider) -> None:
    starter = chat.page.locator(".starter").first
    text = starter.inner_text()
    starter.focus()
    chat.page.keyboard.press("Enter")
    chat.ended("complete")
    expect(chat.question.locator(".text")).to_have_text(text)


def test_stopping_editing_and_switching(chat: Chat, provider: Provider) -> None:
    keyboard = chat.page.keyboard
    gate, hold = provider.gate()
    provider.says("Go on and on", "Well,", hold)
    chat.send("Go on and on")
    expect(chat.answer).to_contain_text("Well,")
    keyboard.press("Enter")
    expect(chat.stop_button).to_be_visible()
    keyboard.press("Tab")
    expect(chat.page.get_by_role("button", name="Attach files")).to_be_focused()
    keyboard.press("Tab")
    expect(chat.page.get_by_role("button", name="Dictate")).to_be_focused()
    keyboard.press("Tab")
    expect(chat.page.get_by_role("button", name="Talk")).to_be_focused()
    keyboard.press("Tab")
    expect(chat.stop_button).to_be_focused()
    keyboard.press("Enter")
    chat.ended("stopped")

    chat.question.get_by_role("button", name="Edit message").focus()
    keyboard.press("Enter")
    expect(chat.page.get_by_role("textbox", name="Edit message")).to_be_focused()
    keyboard.type(" and on")
    keyboard.press("Escape")
    expect(chat.page.get_by_role("textbox", name="Edit message")).to_have_count(0)
    expect(chat.question.get_by_role("button", name="Edit message")).to_be_focused()
    keyboard.press("Enter")
    expect(chat.page.get_by_role("textbox", name="Edit message")).to_be_focused()
    keyboard.type(" again")
    keyboard.press("Enter")
    chat.ended("complete")
    expect(chat.question.locator(".text")).to_have_text("Go on and on again")
    chat.question.get_by_role("button", name="Previous version").focus()
    keyboard.press("Enter")
    expect(chat.question.locator(".text")).to_have_text("Go on and on")
    expect(chat.question.get_by_role("button", name="Next version")).to_be_focused()


def test_the_sidebar(chat: Chat) -> None:
    chat.ask("To be renamed")
    more = chat.page.get_by_role("button", name=f"More for {TITLE}")
    more.focus()
    chat.page.keyboard.press("Enter")
    expect(chat.page.get_by_role("menuitem", name="Pin")).to_be_focused()
    chat.page.keyboard.press("ArrowDown")
    expect(chat.page.get_by_role("menuitem", name="Rename")).to_be_focused()
    chat.page.keyboard.press("End")
    expect(chat.page.get_by_role("menuitem", name="Delete")).to_be_focused()
    chat.page.keyboard.press("r")
    chat.page.keyboard.press("Enter")
    field = chat.page.get_by_role("textbox", name="Title")
    expect(field).to_be_focused()
    chat.page.keyboard.press("Escape")
    expect(field).to_have_count(0)
    expect(chat.row(TITLE)).to_be_visible()
    expect(chat.page).to_have_url(re.compile("/c/"))


def test_reading_follows_the_end_until_the_reader_leaves_it(chat: Chat, provider: Provider) -> None:
    first, hold = provider.gate()
    second, hold_again = provider.gate()
    lines = "\n\n".join(f"Line {number}" for number in range(80))
    provider.says("Long", lines, hold, "\n\n" + lines, hold_again, "\n\nThe very end.")
    chat.send("Long")
    expect(chat.answer.get_by_text("Line 79", exact=True)).to_have_count(1)
    chat.page.get_by_role("button", name="Scroll to bottom").click()
    expect(chat.answer.get_by_text("Line 79", exact=True).first).to_be_in_viewport()
    chat.page.locator(".main > .scroll").hover()
    chat.page.mouse.wheel(0, -1500)
    to_end = chat.page.get_by_role("button", name="Scroll to bottom")
    expect(to_end).to_be_visible()
    before = chat.page.evaluate("document.querySelector('.main > .scroll').scrollTop")
    first.open()
    expect(chat.answer.get_by_text("Line 79", exact=True)).to_have_count(2)
    assert chat.page.evaluate("document.querySelector('.main > .scroll').scrollTop") == before
    to_end.click()
    expect(chat.answer.get_by_text("Line 79", exact=True).last).to_be_in_viewport()
    second.open()
    expect(chat.answer.get_by_text("The very end.")).to_be_in_viewport()
    expect(to_end).to_be_hidden()


def test_keys_work_wherever_the_focus_is(chat: Chat, provider: Provider) -> None:
    keyboard = chat.page.keyboard
    _, hold = provider.gate()
    provider.says("Long", "\n\n".join(f"Line {number}" for number in range(80)), hold)
    chat.send("Long")
    expect(chat.answer.get_by_text("Line 79")).to_have_count(1)
    expect(chat.answer.get_by_text("Line 0")).to_be_in_viewport()
    keyboard.press("PageDown")
    expect(chat.answer.get_by_text("Line 0")).not_to_be_in_viewport()
    expect(chat.composer).to_be_focused()
    keyboard.press("PageUp")
    expect(chat.answer.get_by_text("Line 0")).to_be_in_viewport()
    chat.question.get_by_role("button", name="Copy message").focus()
    keyboard.type("Typed")
    expect(chat.composer).to_have_value("Typed")
    before = chat.page.evaluate("document.querySelector('.main > .scroll').scrollTop")
    keyboard.press("PageUp")
    assert chat.page.evaluate("document.querySelector('.main > .scroll').scrollTop") == before
    chat.page.locator("#account").press("Enter")
    expect(chat.page.get_by_role("menu")).to_be_visible()
    keyboard.press("Escape")  # closes the menu
    expect(chat.page.get_by_role("menu")).to_have_count(0)
    expect(chat.answer).to_have_attribute("data-status", "streaming")
    keyboard.press("Escape")
    chat.ended("stopped")
