"""A second tab, and another browser of the same user, show the same text and receive what follows."""

from collections.abc import Callable

from playwright.sync_api import BrowserContext, expect

from .chat import Chat
from .provider import TITLE, Provider


def test_a_second_tab_and_another_browser(open_context: Callable[..., BrowserContext], key: str, provider: Provider) -> None:
    context = open_context(key)
    first = Chat(context.new_page()).open()
    gate, hold = provider.gate()
    provider.says("Watch together", "The first half", hold, ", the second half.")
    first.send("Watch together")
    expect(first.answer).to_contain_text("The first half")

    second = Chat(context.new_page()).open(first.page.url)
    other = Chat(open_context(key).new_page()).open(first.page.url)
    for chat in (second, other):
        expect(chat.answer).to_contain_text("The first half")
        expect(chat.stop_button).to_be_visible()
    gate.open()
    for chat in (first, second, other):
        chat.ended("complete")
        expect(chat.answer).to_contain_text("The first half, the second half.")
        expect(chat.row(TITLE)).to_be_visible()

    provider.says("And from here", "Everywhere.")
    other.ask("And from here")
    for chat in (first, second):
        expect(chat.questions).to_have_count(2)
        expect(chat.answer).to_contain_text("Everywhere.")

    provider.says("And from here", "Once more.")
    second.act(second.answer, "Regenerate")
    for chat in (first, other):
        expect(chat.answer).to_contain_text("Once more.")
        expect(chat.answer).to_contain_text("2 / 2")


def test_closing_every_tab_does_not_end_the_answer(open_context: Callable[..., BrowserContext], key: str, provider: Provider) -> None:
    context = open_context(key)
    chat = Chat(context.new_page()).open()
    gate, hold = provider.gate()
    provider.says("I have to go", "Go,", hold, " I finish this.")
    chat.send("I have to go")
    expect(chat.answer).to_contain_text("Go,")
    place = chat.page.url
    chat.page.close()
    gate.open()
    again = Chat(context.new_page()).open(place)
    again.ended("complete")
    expect(again.answer).to_contain_text("Go, I finish this.")


def test_signing_out_in_one_tab_reaches_the_other(open_context: Callable[..., BrowserContext], key: str) -> None:
    context = open_context(key)
    first, second = Chat(context.new_page()).open(), Chat(context.new_page()).open()
    second.composer.fill("Half a sentence")
    first.page.locator("#account").click()
    first.page.get_by_role("menuitem", name="Sign out").click()
    expect(first.page.get_by_role("heading", name="Sign in")).to_be_visible()
    expect(second.page.locator("#connection")).to_contain_text("You are signed out. What you typed is kept.")
    second.page.get_by_role("button", name="Sign in").click()
    expect(second.page.get_by_role("heading", name="Sign in")).to_be_visible()
