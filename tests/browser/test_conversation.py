"""From sign-up to an answer that is stopped, reloaded, edited and regenerated."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import BrowserContext, expect

from tests.support.scripted_openai import Answer, Finish, Reasoning, Text, failure

from .chat import Chat
from .provider import NOT_BY_ITSELF, TITLE, Provider


@pytest.fixture
def motion() -> str:
    return "no-preference"


@pytest.fixture
def chat(shared_chat: Chat) -> Chat:
    return shared_chat


def test_from_sign_up_to_an_answer_made_again(open_context: Callable[..., BrowserContext], provider: Provider) -> None:
    page = open_context(None).new_page()
    page.goto("/")
    page.get_by_role("link", name="Create an account").click()
    page.get_by_label("Username").fill("newcomer")
    page.get_by_label("Password", exact=True).fill("a long enough secret")
    page.get_by_role("button", name="Create account").click()
    chat = Chat(page)
    expect(page.get_by_role("heading", name="What are we working on?")).to_be_visible()

    gate, hold = provider.gate()
    provider.says("How do rainbows form?", "Light enters ", "a drop", hold, " and leaves it again.")
    chat.send("How do rainbows form?")
    expect(chat.answer).to_contain_text("Light enters a drop")
    expect(page).to_have_url(re.compile(r"/c/[0-9a-f-]{36}/$"))
    page.reload()
    expect(chat.answer).to_contain_text("Light enters a drop")
    expect(chat.answer).to_have_attribute("data-status", "streaming")
    chat.stop_button.click()
    chat.ended("stopped")
    expect(chat.answer).to_contain_text("You stopped this answer.")
    expect(page.get_by_role("button", name="Send")).to_be_visible()
    gate.open()

    page.reload()
    chat.ended("stopped")
    expect(chat.answer).to_contain_text("Light enters a drop")

    provider.says("How do halos form?", "Ice crystals bend the light.")
    chat.act(chat.question, "Edit message")
    field = page.get_by_role("textbox", name="Edit message")
    expect(field).to_be_focused()
    expect(page.locator("textarea")).to_have_count(1)
    field.fill("How do halos form?")
    field.press("Enter")
    chat.ended("complete")
    expect(chat.answer).to_contain_text("Ice crystals bend the light.")
    expect(chat.question).to_contain_text("2 / 2")

    provider.says("How do halos form?", "Ice, once more.")
    chat.act(chat.answer, "Regenerate")
    expect(chat.answer).to_contain_text("2 / 2")
    chat.act(chat.answer, "Previous answer")
    expect(chat.answer).to_contain_text("1 / 2")
    chat.act(chat.question, "Previous version")
    expect(chat.question).to_contain_text("How do rainbows form?")
    chat.ended("stopped")
    page.reload()
    expect(chat.question).to_contain_text("How do rainbows form?")


def test_an_answer_is_stopped_before_its_first_word(chat: Chat, provider: Provider) -> None:
    gate, hold = provider.gate()
    provider.says("Say nothing yet", hold, "Too late.")
    chat.send("Say nothing yet")
    chat.stop_button.click()
    chat.ended("stopped")
    expect(chat.answer).to_contain_text("before it began")
    gate.open()
    provider.says("Say nothing yet", "Now.")
    chat.answer.get_by_role("button", name="Try again").click()
    chat.ended("complete")


def test_a_broken_answer_goes_on(chat: Chat, provider: Provider) -> None:
    provider.says("Count to four", Text("One, two"), NOT_BY_ITSELF)
    chat.send("Count to four")
    chat.ended("interrupted")
    expect(chat.answer).to_contain_text("One, two")
    chat.page.reload()
    provider.server.script(Text(", three, four."), Finish())
    chat.answer.get_by_role("button", name="Continue").click()
    chat.ended("complete")
    expect(chat.answer).to_contain_text("One, two, three, four.")


def test_a_failed_answer_says_why_and_is_tried_again(chat: Chat, provider: Provider) -> None:
    provider.answers("Try me", failure(401, "Incorrect API key provided: sk-12345", code="invalid_api_key"))
    chat.send("Try me")
    chat.ended("failed")
    expect(chat.answer.locator(".notice")).not_to_contain_text("sk-12345")
    provider.forget()
    provider.says("Try me", "Here I am.")
    chat.answer.get_by_role("button", name="Try again").click()
    chat.ended("complete")
    expect(chat.answer).to_contain_text("Here I am.")


def test_an_answer_cut_at_its_length_can_go_on(chat: Chat, provider: Provider) -> None:
    provider.answers("Write a book", Answer(steps=(Text("Chapter one"), Finish("length"))))
    chat.ask("Write a book")
    expect(chat.answer).to_contain_text("length limit")
    expect(chat.answer.get_by_role("button", name="Continue")).to_be_visible()


def test_thoughts_fold_away_above_the_answer(chat: Chat, provider: Provider) -> None:
    gate, hold = provider.gate()
    provider.says("Think first", Reasoning("Two ways to read this."), hold, "The answer.")
    chat.send("Think first")
    expect(chat.answer.get_by_text("Thinking…")).to_be_visible()
    gate.open()
    chat.ended("complete")
    thoughts = chat.answer.locator("summary")
    expect(thoughts).to_have_text(re.compile("Thought for"))
    expect(chat.answer.get_by_text("Two ways to read this.")).to_be_hidden()
    thoughts.click()
    expect(chat.answer.get_by_text("Two ways to read this.")).to_be_visible()


def test_a_conversation_is_named_renamed_and_deleted(chat: Chat, provider: Provider) -> None:
    chat.ask("What is a title?")
    expect(chat.row(TITLE)).to_be_visible()
    expect(chat.page.get_by_role("heading", level=1)).to_have_text(TITLE)
    chat.row(TITLE).hover()
    chat.page.get_by_role("button", name=f"More for {TITLE}").click()
    chat.page.get_by_role("menuitem", name="Rename").click()
    field = chat.page.get_by_role("textbox", name="Title")
    field.fill("My own name")
    field.press("Enter")
    expect(chat.page.get_by_role("heading", level=1)).to_have_text("My own name")
    chat.page.reload()
    chat.row("My own name").hover()
    chat.page.get_by_role("button", name="More for My own name").click()
    chat.page.get_by_role("menuitem", name="Delete").click()
    dialog = chat.page.get_by_role("dialog", name="Delete this conversation?")
    dialog.get_by_role("button", name="Cancel").click()
    expect(chat.row("My own name")).to_be_visible()
    chat.row("My own name").hover()
    chat.page.get_by_role("button", name="More for My own name").click()
    chat.page.get_by_role("menuitem", name="Delete").click()
    dialog.get_by_role("button", name="Delete").click()
    expect(chat.row("My own name")).to_have_count(0)
    expect(chat.page).to_have_url(re.compile(r"\d/$"))
    expect(chat.page.get_by_role("heading", name="What are we working on?")).to_be_visible()


def test_back_and_forward_move_between_conversations(chat: Chat, provider: Provider) -> None:
    provider.says("First question", "First answer")
    provider.says("Second question", "Second answer")
    chat.ask("First question")
    chat.page.get_by_role("link", name="New chat").first.click()
    expect(chat.answers).to_have_count(0)
    chat.ask("Second question")
    chat.page.go_back()
    expect(chat.page.get_by_role("heading", name="What are we working on?")).to_be_visible()
    chat.page.go_back()
    expect(chat.answer).to_contain_text("First answer")
    chat.page.go_forward()
    chat.page.go_forward()
    expect(chat.answer).to_contain_text("Second answer")


def test_an_answer_goes_on_while_the_person_looks_elsewhere(chat: Chat, provider: Provider) -> None:
    gate, hold = provider.gate()
    provider.title = "The long one"
    provider.says("Take your time", "Beginning", hold, " and end.")
    chat.send("Take your time")
    expect(chat.answer).to_contain_text("Beginning")
    first = chat.page.url
    chat.page.get_by_role("link", name="New chat").first.click()
    expect(chat.sidebar.locator("[data-live]")).to_have_count(1)
    gate.open()
    expect(chat.sidebar.locator("[data-live]")).to_have_count(0)
    chat.row("The long one").get_by_role("link").click()
    expect(chat.page).to_have_url(first)
    expect(chat.answer).to_contain_text("Beginning and end.")


def test_a_double_click_on_send_sends_once_and_stops_nothing(chat: Chat, provider: Provider) -> None:
    gate, hold = provider.gate()
    provider.says("Are you there?", "Still ", hold, "here")
    chat.composer.fill("Are you there?")
    chat.page.get_by_role("button", name="Send", exact=True).dblclick()
    expect(chat.answer).to_contain_text("Still")
    gate.open()
    expect(chat.ended("complete")).to_contain_text("Still here")
    expect(chat.questions).to_have_count(1)
