"""The budget of the first page, with a cold cache."""

from __future__ import annotations

from collections.abc import Callable

from playwright.sync_api import BrowserContext, expect

from .chat import Chat

MOST_REQUESTS = 30
MOST_BYTES = 120_000


def test_the_empty_page_fits_its_budget(open_context: Callable[..., BrowserContext], key: str) -> None:
    page = open_context(key, fresh=True).new_page()
    session = page.context.new_cdp_session(page)
    sizes: list[float] = []
    session.on("Network.loadingFinished", lambda event: sizes.append(event["encodedDataLength"]))
    session.send("Network.enable")
    Chat(page).open()
    expect(page.locator("textarea")).to_be_focused()
    page.wait_for_load_state("networkidle")
    assert len(sizes) <= MOST_REQUESTS
    assert sum(sizes) <= MOST_BYTES, f"{sum(sizes)} bytes"


def test_what_shows_answers_comes_with_the_first_of_them(chat: Chat) -> None:
    loaded = "performance.getEntriesByType('resource').map(({ name }) => name).join()"
    assert "purify" not in chat.page.evaluate(loaded)
    chat.ask("Something short")
    assert "purify" in chat.page.evaluate(loaded)
    assert "katex" not in chat.page.evaluate(loaded)
    assert "highlight.min" not in chat.page.evaluate(loaded)
