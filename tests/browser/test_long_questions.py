"""A long question is folded, and found, copied and edited whole; near the limit its length is said while it is written."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from .chat import Chat
from .provider import Provider

WORDS = " ".join(f"word{number}" for number in range(400))


@pytest.fixture
def chat(shared_chat: Chat) -> Chat:
    return shared_chat


def test_it_is_folded_and_found(chat: Chat, provider: Provider) -> None:
    provider.says(WORDS, "Many words.")
    chat.ask("Short")
    expect(chat.question.get_by_role("button", name="Show more")).to_have_count(0)
    chat.ask(WORDS)
    text, more = chat.question.locator(".text"), chat.question.locator(".unfold")
    folded = height(chat)
    assert folded < 300
    expect(more).to_have_attribute("aria-expanded", "false")
    more.press("Enter")
    expect(more).to_have_text("Show less")
    expect(more).to_be_focused()
    assert height(chat) > folded * 1.5
    more.press("Enter")
    assert height(chat) == folded
    assert chat.page.evaluate("find('word399', false, false, true)")
    text.evaluate("(text) => (text.scrollTop = 50)")  # as the browser's search shows what it has found
    expect(more).to_have_attribute("aria-expanded", "true")
    assert WORDS in text.inner_text()


def height(chat: Chat) -> float:
    return float(chat.question.locator(".text").evaluate("(text) => text.getBoundingClientRect().height"))


def test_the_longest_ones_stay_quick_and_say_their_room(chat: Chat, provider: Provider) -> None:
    remark = chat.page.locator("#excess")
    chat.composer.fill("x" * 80_000)
    expect(remark).to_be_hidden()
    chat.composer.fill("wide words " * 8_700)
    expect(remark).to_have_text("Room for about 4,000 more characters.")
    expect(chat.composer).to_have_attribute("aria-invalid", "false")
    chat.composer.press("Enter")
    chat.ended("complete")
    expect(chat.question.get_by_role("button", name="Show more")).to_be_visible()
    assert height(chat) < 300
    took = chat.page.evaluate("""() => {
      const began = performance.now();
      document.querySelector(".unfold").click();
      document.body.offsetHeight;
      return performance.now() - began;
    }""")
    assert took < 2_000
