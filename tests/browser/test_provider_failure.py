"""While a provider fails, the page says that another attempt follows and why; after the last one, when to try again. What broke off goes on."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator

import pytest
from playwright.sync_api import expect

from conversations.generation.history import continue_instruction
from tests.support import forgiving_serve
from tests.support.scripted_openai import Answer, Hangup, Text, failure
from tests.support.serving import Served

from .chat import Chat, keep_marks
from .provider import Provider

RECONNECTS = "The connection to the provider was lost before the answer was complete. Reconnecting…"
WAITS = "The provider is getting too many requests right now. Trying again…"


@pytest.fixture
def chat(shared_chat: Chat) -> Chat:
    return shared_chat


@pytest.fixture(autouse=True)
def _rested_keys(site: Served) -> Iterator[None]:
    """Other tests share the site: its key must not stay cooling down."""
    yield
    site.rows("UPDATE conversations_apikey SET cooling_until = NULL")
    time.sleep(forgiving_serve.READ_AGAIN)


def test_the_page_says_why_it_takes_longer(chat: Chat, provider: Provider) -> None:
    provider.answers("Busy?", failure(429, "Slow down", headers={"retry-after": "2"}))
    chat.send("Busy?")
    note = chat.page.locator("[data-role=assistant] [role=status]")
    expect(note).to_have_text(WAITS)
    chat.page.reload()
    expect(note).to_have_text(WAITS)
    provider.says("Busy?", "Not any more.")
    expect(chat.answer).to_contain_text("Not any more.")
    expect(note).to_have_count(0)


def test_an_answer_that_breaks_off_goes_on_as_one(chat: Chat, provider: Provider) -> None:
    said = "The **capital** of France"
    _, hold = provider.gate()
    provider.answers("Capital?", Answer(steps=(Text(said), Hangup())))
    provider.says(continue_instruction(said), hold, "capital** of France is Paris,\n\nas *everyone* knows.")
    chat.send("Capital?")
    note = chat.page.locator("[data-role=assistant] [role=status]")
    other = Chat(chat.page.context.new_page())
    expect(note).to_have_text(RECONNECTS)
    expect(chat.answer).to_contain_text("The capital of France")
    for page in (other.open(chat.page.url), chat.open(chat.page.url)):
        expect(page.page.locator("[data-role=assistant] [role=status]")).to_have_text(RECONNECTS)
        expect(page.answer).to_contain_text("The capital of France")
    hold.gate.open()
    for page in (other, chat, chat.open(chat.page.url)):
        expect(page.ended("complete").locator(".body p")).to_have_text(["The capital of France is Paris,", "as everyone knows."])
        expect(page.answer.locator(".body strong")).to_have_text("capital")
        expect(page.page.locator("[data-role=assistant] [role=status]")).to_have_count(0)
        expect(page.answer.get_by_role("button", name="Continue")).to_have_count(0)


def test_a_failure_says_when_to_try_again(chat: Chat, provider: Provider) -> None:
    provider.answers("Later?", failure(429, "Slow down", headers={"retry-after": "600"}))
    chat.send("Later?")
    notice = chat.answer.locator(".notice")
    expect(notice).to_contain_text(re.compile(r"too many requests right now\. Try again after \d+:\d\d"))
    expect(notice.get_by_role("button", name="Try again")).to_be_visible()
    chat.page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    reply = chat.answer.get_attribute("data-message") or ""
    reference = f"{reply[-8:-4]}-{reply[-4:]}"
    button = notice.get_by_role("button", name=f"Reference {reference}")
    keep_marks(chat.page)
    button.click()
    expect(button.locator("use")).to_have_attribute("href", "#icon-check")
    assert chat.page.evaluate("navigator.clipboard.readText()") == reference
    assert chat.page.reload()
    expect(button).to_be_visible()


def test_a_failure_is_no_version_beside_the_answer_that_came_then(chat: Chat, provider: Provider) -> None:
    provider.answers("Now?", failure(400, "Invalid value"))
    chat.send("Now?")
    again = chat.answer.locator(".notice").get_by_role("button", name="Try again")
    expect(again).to_be_visible()
    other = Chat(chat.page.context.new_page()).open(chat.page.url)
    expect(other.answer.locator(".notice")).to_be_visible()
    provider.says("Now?", "Here it is.")
    again.click()
    for page in (chat, other, chat.open(chat.page.url)):
        expect(page.ended("complete")).to_contain_text("Here it is.")
        expect(page.answer.get_by_role("button", name="Regenerate")).to_have_count(1)
        expect(page.answer.get_by_role("group", name="Answers")).to_have_count(0)


def test_an_answer_of_another_model_says_so(chat: Chat, site: Served) -> None:
    chat.ask("Which model are you?")
    message = (chat.answer.get_attribute("data-message") or "").replace("-", "")
    note = "far-model answered instead of the-model (too many requests)."
    site.rows(f"UPDATE conversations_message SET note = '{note}' WHERE id = '{message}'")
    chat.page.reload()
    expect(chat.answer).to_contain_text(note)
    site.rows(f"UPDATE conversations_message SET status = 'stopped' WHERE id = '{message}'")
    chat.page.reload()
    expect(chat.answer).to_contain_text("You stopped this answer.")
    chat.page.emulate_media(media="print")
    expect(chat.answer.get_by_text(note)).to_be_visible()
    chat.page.emulate_media(media="null")
