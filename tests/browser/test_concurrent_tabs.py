"""Two tabs of one user that change the same conversation at the same time."""

from __future__ import annotations

import pytest
from playwright.sync_api import APIResponse, Locator, Route, expect

from .chat import Chat
from .line import Line
from .provider import TITLE, Provider

RENAME = """async (address) => {
  const headers = { "Content-Type": "application/json", "X-CSRFToken": (await import("requests/http")).csrfToken() };
  await fetch(address, { method: "POST", headers, body: JSON.stringify({ title: "Renamed meanwhile" }) });
}"""
"""As another tab would."""


@pytest.fixture
def chat(shared_chat: Chat) -> Chat:
    return shared_chat


def beside(chat: Chat) -> Chat:
    """A second tab on the same conversation."""
    other = Chat(chat.page.context.new_page()).open(chat.page.url)
    expect(other.questions).to_have_count(chat.questions.count())
    return other


def test_both_keep_what_they_send_in_the_same_moment(chat: Chat, provider: Provider) -> None:
    chat.ask("To begin with")
    other = Chat(chat.page.context.new_page())
    line = Line(other)
    other.open(chat.page.url)
    expect(other.questions).to_have_count(1)
    line.until(lambda: line.heard("ready") > 0)  # before that, nothing is sent
    gate, hold = provider.gate()
    provider.says("From the first", "To the first", hold, ".")
    provider.says("From the second", "To the second", hold, ".")
    chat.composer.fill("From the first")
    other.composer.fill("From the second")
    line.hold()  # both pages believe that they are the first to write after the answer
    chat.composer.press("Enter")
    expect(chat.answer).to_contain_text("To the first")
    other.composer.press("Enter")
    line.until(lambda: bool(line.commands("send")))
    line.let_go()
    for tab in (chat, other):
        expect(tab.question).to_contain_text("2 / 2")
        expect(tab.answer).to_contain_text("To the")
        expect(tab.questions).to_have_count(2)
        expect(tab.composer).to_have_value("")
    gate.open()
    for tab in (chat, other):
        tab.ended("complete")
    told = set()
    for name in ("Previous version", "Next version"):
        chat.act(chat.question, name)
        chat.ended("complete")
        expect(chat.question).to_contain_text("1 / 2" if name.startswith("P") else "2 / 2")
        told.add((chat.question.locator(".text").inner_text(), chat.answer.locator(".text").inner_text()))
    assert told == {("From the first", "To the first."), ("From the second", "To the second.")}


def test_stop_from_the_other_tab(chat: Chat, provider: Provider) -> None:
    gate, hold = provider.gate()
    provider.says("Tell me all", "All of", hold, " it")
    chat.send("Tell me all")
    expect(chat.answer).to_contain_text("All of")
    other = beside(chat)
    other.stop_button.click()
    for tab in (other, chat):
        tab.ended("stopped")
        expect(tab.answer).to_contain_text("You stopped this answer.")
        expect(tab.page.get_by_role("button", name="Send", exact=True)).to_be_visible()
    gate.open()


def test_stop_from_the_other_tab_before_the_first_word(chat: Chat, provider: Provider) -> None:
    gate, hold = provider.gate()
    chat.ask("To begin with")
    other = beside(chat)
    provider.says("Say nothing yet", hold, "Too late.")
    chat.send("Say nothing yet")
    other.stop_button.click()
    for tab in (other, chat):
        tab.ended("stopped")
        expect(tab.answer).to_contain_text("before it began")
    gate.open()


def test_a_conversation_deleted_in_one_tab_while_it_runs_in_the_other(chat: Chat, provider: Provider) -> None:
    gate, hold = provider.gate()
    chat.ask("To begin with")
    expect(chat.row(TITLE)).to_be_visible()
    provider.says("Go on", "And so", hold, " on")
    chat.send("Go on")
    expect(chat.answer).to_contain_text("And so")
    other = Chat(chat.page.context.new_page()).open()
    chat.composer.fill("A half-written thought")
    other.row(TITLE).hover()
    other.page.get_by_role("button", name=f"More for {TITLE}").click()
    other.page.get_by_role("menuitem", name="Delete").click()
    other.page.get_by_role("dialog").get_by_role("button", name="Delete").click()
    expect(chat.page.get_by_role("heading", name="What are we working on?")).to_be_visible()
    expect(chat.page.get_by_role("button", name="Send", exact=True)).to_be_visible()
    for tab in (chat, other):
        expect(tab.sidebar.get_by_role("listitem")).to_have_count(0)
    expect(chat.page.get_by_text("That conversation was deleted.")).to_be_visible()
    expect(other.page.get_by_text("That conversation was deleted.")).to_be_hidden()
    gate.open()
    provider.says("Anew", "Of course.")
    chat.ask("Anew")
    expect(chat.answer).to_contain_text("Of course.")


def test_a_question_edited_in_one_tab_while_its_answer_runs_in_the_other(chat: Chat, provider: Provider) -> None:
    _, hold = provider.gate()
    chat.ask("To begin with")
    provider.says("Frist", "The old answer", hold, " ends.")
    chat.send("Frist")
    expect(chat.answer).to_contain_text("The old answer")
    other = beside(chat)
    provider.says("First", "The new answer.")
    edit(other, "First").press("Enter")
    for tab in (other, chat):
        expect(tab.answer).to_contain_text("The new answer.")
        tab.ended("complete")
        expect(tab.question).to_contain_text("2 / 2")
    chat.act(chat.question, "Previous version")
    expect(chat.answer).to_contain_text("The old answer")
    chat.ended("stopped")
    expect(other.answer).to_contain_text("The new answer.")


def test_an_edit_whose_message_goes_away_is_kept(chat: Chat, provider: Provider) -> None:
    chat.ask("To begin with")
    other = beside(chat)
    edit(chat, "To begin with, and much more")
    edit(other, "Something else").press("Enter")
    expect(chat.question).to_contain_text("Something else")
    expect(chat.composer).to_have_value("To begin with, and much more")
    other.ended("complete")


def test_a_title_that_came_while_its_conversation_was_fetched_stays(chat: Chat) -> None:
    chat.ask("To begin with")
    expect(chat.row(TITLE)).to_be_visible()
    address = chat.page.url
    chat.page.get_by_role("link", name="New chat").first.click()
    fetched: list[tuple[Route, APIResponse]] = []
    chat.page.route("**/messages/", lambda route: fetched.append((route, route.fetch())))
    chat.row(TITLE).get_by_role("link").click()
    while not fetched:
        chat.page.wait_for_timeout(20)  # Playwright works only while it is called
    chat.page.evaluate(RENAME, f"{address}rename/")
    expect(chat.row("Renamed meanwhile")).to_be_visible()
    [(route, response)] = fetched
    route.fulfill(response=response)
    expect(chat.question).to_contain_text("To begin with")
    expect(chat.row("Renamed meanwhile")).to_be_visible()


def edit(chat: Chat, text: str) -> Locator:
    chat.act(chat.question, "Edit message")
    field = chat.page.get_by_role("textbox", name="Edit message")
    field.fill(text)
    return field


def test_enter_twice_sends_once(chat: Chat, provider: Provider) -> None:
    gate, hold = provider.gate()
    provider.says("Knock knock", "Who is", hold, " there?")
    chat.composer.fill("Knock knock")
    chat.page.evaluate("""() => {
      const press = () => document.querySelector("form.composer textarea").dispatchEvent(new KeyboardEvent("keydown", { key: "Enter", bubbles: true, cancelable: true }));
      press();
      press();
    }""")
    expect(chat.answer).to_contain_text("Who is")
    gate.open()
    chat.ended("complete")
    expect(chat.questions).to_have_count(1)
    assert provider.asked("Knock knock") == 1


def test_a_branch_deleted_in_one_tab_while_the_other_writes_below_it(chat: Chat, provider: Provider) -> None:
    chat.ask("To begin with")
    chat.act(chat.answer, "Regenerate")
    expect(chat.answer).to_contain_text("2 / 2")
    chat.ended("complete")
    other = beside(chat)
    other.composer.fill("Still to be said")
    chat.act(chat.answer, "Delete this answer")
    chat.page.get_by_role("dialog").get_by_role("button", name="Delete", exact=True).click()
    for tab in (chat, other):
        expect(tab.answers).to_have_count(1)
        expect(tab.answer).not_to_contain_text("/ 2")
    expect(other.composer).to_have_value("Still to be said")
    other.composer.press("Enter")
    other.ended("complete")
    for tab in (chat, other):
        expect(tab.answer).to_contain_text("You said: Still to be said")
