"""Reasoning is folded away above the answer; where it is the answer, or turns out to be reasoning only where it ends, the page says so."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from tests.support.scripted_openai import Answer, Finish, Reasoning, Text

from .chat import Chat, until
from .provider import Provider


@pytest.fixture
def chat(shared_chat: Chat) -> Chat:
    return shared_chat


def test_an_answer_that_is_reasoning_alone_is_shown_opened_and_copied(chat: Chat, provider: Provider) -> None:
    provider.says("What is 2 + 2?", Reasoning("It is **four**."))
    chat.ask("What is 2 + 2?")
    for _ in ("streamed", "from history"):
        expect(chat.answer.get_by_text("four", exact=True)).to_be_visible()
        expect(chat.answer.locator(".notice")).to_have_count(0)
        chat.page.reload()
    chat.page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    chat.act(chat.answer, "Copy answer")
    until(lambda: chat.page.evaluate("navigator.clipboard.readText()") == "It is **four**.")
    chat.answer.locator("summary").click()
    expect(chat.answer.get_by_text("four", exact=True)).to_be_hidden()


def test_reasoning_that_was_cut_off_is_no_answer(chat: Chat, provider: Provider) -> None:
    provider.answers("Think long", Answer(steps=(Reasoning("Hm, let me"), Finish("length"))))
    chat.ask("Think long")
    expect(chat.answer).to_contain_text("length limit")
    expect(chat.answer.get_by_text("Hm, let me")).to_be_hidden()


def test_text_that_turns_out_to_be_reasoning_is_folded_away(chat: Chat, provider: Provider) -> None:
    gate, hold = provider.gate()
    provider.says("Think aloud", "Two ways to read this.\n", hold, "</think>\n\nThe answer.")
    chat.send("Think aloud")
    expect(chat.answer.get_by_text("Two ways to read this.")).to_be_visible()
    gate.open()
    chat.ended("complete")
    for _ in ("streamed", "from history"):
        expect(chat.answer.get_by_text("Two ways to read this.")).to_be_hidden()
        expect(chat.answer.get_by_text("The answer.")).to_be_visible()
        expect(chat.answer.locator("summary")).to_have_text(re.compile("Thought for"))
        chat.page.reload()


def test_an_end_for_an_unknown_reason_can_be_continued(chat: Chat, provider: Provider) -> None:
    provider.answers("Tell", Answer(steps=(Text("Half an"), Finish("gave_up"))))
    chat.ask("Tell")
    expect(chat.answer.locator(".notice")).to_contain_text("“gave_up”")
    expect(chat.answer.get_by_role("button", name="Continue")).to_be_visible()
