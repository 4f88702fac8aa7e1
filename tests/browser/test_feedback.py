"""A thumb under an answer is saved at once and seen in every tab; a word with it can be given, changed and taken back."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import BrowserContext, Locator, Route, expect

from tests.support.scripted_openai import failure

from .chat import Chat
from .line import Line
from .provider import Provider


def thumb(answer: Locator, name: str) -> Locator:
    return answer.get_by_role("button", name=name, exact=True)


@pytest.fixture
def answered(shared_chat: Chat) -> Chat:
    shared_chat.ask("How far is the moon?")
    return shared_chat


def test_a_thumb_with_words_is_seen_in_every_tab_changed_and_taken_back(
    answered: Chat, open_context: Callable[..., BrowserContext], shared_key: str
) -> None:
    other = Chat(open_context(shared_key, viewport={"width": 390, "height": 844}).new_page()).open(answered.page.url)
    expect(thumb(other.answer, "Bad answer")).to_have_attribute("aria-pressed", "false")
    thumb(answered.answer, "Bad answer").click()
    for chat in (answered, other):
        expect(thumb(chat.answer, "Bad answer")).to_have_attribute("aria-pressed", "true")

    form = answered.answer.get_by_role("form")
    expect(form).to_be_focused()
    form.get_by_label("Wrong").check()
    form.get_by_role("textbox", name="In your words").fill("It is further.")
    form.get_by_role("button", name="Send").click()
    expect(form).to_have_count(0)
    expect(thumb(answered.answer, "Bad answer")).to_be_focused()

    thumb(other.answer, "Bad answer").click()
    theirs = other.answer.get_by_role("form")
    expect(theirs.get_by_label("Wrong")).to_be_checked()
    expect(theirs.get_by_role("textbox")).to_have_value("It is further.")
    expect(theirs).to_be_in_viewport(ratio=1)
    thumb(other.answer, "Good answer").click()
    expect(theirs.get_by_role("checkbox")).to_have_count(0)
    expect(theirs.get_by_role("textbox")).to_have_value("It is further.")
    expect(thumb(answered.answer, "Good answer")).to_have_attribute("aria-pressed", "true")
    expect(thumb(answered.answer, "Bad answer")).to_have_attribute("aria-pressed", "false")
    other.page.keyboard.press("Escape")
    expect(theirs).to_have_count(0)

    other.page.reload()
    expect(thumb(other.answer, "Good answer")).to_have_attribute("aria-pressed", "true")
    thumb(other.answer, "Good answer").click()
    theirs.get_by_role("button", name="Take back").click()
    for chat in (answered, other):
        expect(thumb(chat.answer, "Good answer")).to_have_attribute("aria-pressed", "false")
    expect(theirs).to_have_count(0)
    other.ask("And the sun?")  # Enter still goes to the composer
    expect(other.answers).to_have_count(2)


def test_what_another_tab_gives_before_this_one_is_connected_is_seen_in_both(chat: Chat, line: Line) -> None:
    chat.ask("How far is the moon?")
    line.hold()
    chat.page.reload()
    expect(thumb(chat.answer, "Bad answer")).to_have_attribute("aria-pressed", "false")
    other = Chat(chat.page.context.new_page()).open(chat.page.url)
    thumb(other.answer, "Bad answer").click()
    expect(thumb(other.answer, "Bad answer")).to_have_attribute("aria-pressed", "true")
    line.let_go()
    expect(thumb(chat.answer, "Bad answer")).to_have_attribute("aria-pressed", "true")


def test_the_buttons_stay_in_sight_with_the_form(answered: Chat) -> None:
    answered.ask("And the sun?")
    first = answered.answers.first
    first.hover()
    thumb(first, "Good answer").click()
    expect(first.get_by_role("form")).to_be_focused()
    message = answered.page.get_by_role("textbox", name="Message")
    message.click()
    for name, opacity in (("Bad answer", "1"), ("Regenerate", "1")):
        expect(thumb(first, name)).to_have_css("opacity", opacity)
    first.get_by_role("button", name="Close").click()
    message.click()
    expect(thumb(first, "Bad answer")).to_have_css("opacity", "0")
    expect(thumb(first, "Good answer")).to_have_css("opacity", "1")


def test_an_answer_that_says_nothing_has_none(answered: Chat, provider: Provider) -> None:
    provider.answers("Fail", failure(401, "No."))
    answered.send("Fail")
    expect(thumb(answered.ended("failed"), "Try again")).to_be_visible()
    expect(thumb(answered.answer, "Good answer")).to_have_count(0)


def test_what_can_not_be_saved_is_not_shown_as_saved(answered: Chat) -> None:
    def refuse(route: Route) -> None:
        route.fulfill(status=400, json={"detail": "That is not possible."})

    answered.page.route("**/feedback/", refuse)
    thumb(answered.answer, "Good answer").click()
    expect(answered.page.get_by_role("alert")).to_have_text("That is not possible.")
    expect(thumb(answered.answer, "Good answer")).to_have_attribute("aria-pressed", "false")
    expect(answered.answer.get_by_role("form")).to_have_count(0)
