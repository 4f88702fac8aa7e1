"""The chat page as a user sees it."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Self

from playwright.sync_api import Locator, Page, expect

COPIED_MS = 1_600
"""How long a button of the chat shows that it has copied."""
ENDLESS_MARK = """(shown) => {
  const later = setTimeout;
  window.setTimeout = (then, ms, ...more) => later(then, ms === shown ? 1e9 : ms, ...more);
}"""


class Chat:
    def __init__(self, page: Page) -> None:
        self.page = page
        self.composer = page.locator("form.composer textarea")
        self.answers = page.locator("[data-message][data-role=assistant]")
        self.questions = page.locator("[data-message][data-role=user]")
        self.stop_button = page.get_by_role("button", name="Stop", exact=True)
        self.sidebar = page.get_by_role("navigation", name="Conversations")

    @property
    def answer(self) -> Locator:
        """The last one."""
        return self.answers.last

    @property
    def question(self) -> Locator:
        return self.questions.last

    def open(self, path: str = "/") -> Self:
        self.page.goto(path)
        expect(self.composer).to_be_visible()
        return self

    def send(self, text: str) -> Self:
        self.composer.fill(text)
        self.composer.press("Enter")
        return self

    def ask(self, text: str) -> Locator:
        """Send, and wait until the answer is complete."""
        count = self.answers.count()
        self.send(text)
        expect(self.answers).to_have_count(count + 1)
        return self.ended("complete")

    def ended(self, status: str) -> Locator:
        expect(self.answer).to_have_attribute("data-status", status)
        return self.answer

    def act(self, message: Locator, name: str) -> None:
        message.hover()
        message.get_by_role("button", name=name, exact=True).click()

    def row(self, title: str) -> Locator:
        return self.sidebar.get_by_role("listitem").filter(has_text=title)


def keep_marks(page: Page, shown_ms: int = COPIED_MS) -> None:
    """What a button shows for so long, once it has copied, stays until the page is loaded again: a busy machine may look later."""
    page.evaluate(ENDLESS_MARK, shown_ms)


def until(true: Callable[[], bool], seconds: float = 15.0) -> None:
    """Wait for what Playwright's own expectations can't see."""
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end, "It did not come true in time."
        time.sleep(0.02)
