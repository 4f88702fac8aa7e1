"""What pages load at most, with a cold cache."""

from __future__ import annotations

from collections.abc import Callable

from playwright.sync_api import BrowserContext, Page, expect

from tests.support.serving import Served

from .chat import Chat
from .provider import Provider
from .test_sidebar import filled

MOST_REQUESTS = 12
MOST_BYTES = 120_000
MOST_REQUESTS_OF_A_CONVERSATION = 18
SINGLE_MODULES = """performance.getEntriesByType("resource").map(({ name }) => new URL(name).pathname)
  .filter((path) => path.includes("/static/js/"))"""

FIRST_FRAME = """
const look = () => {
  if (document.querySelector("[data-role=assistant] .text > *")) window.seenAt = performance.now();
  else requestAnimationFrame(look);
};
requestAnimationFrame(look);
"""
ASKED_AT = "performance.getEntriesByType('resource').find(({ name }) => name.includes('/npm/highlight/')).startTime"


def test_the_empty_page_fits_its_budget(open_context: Callable[..., BrowserContext], key: str, site: Served) -> None:
    filled(open_context(key), site, key, 120)  # more than are listed at first
    page = open_context(key, fresh=True).new_page()
    sizes = sizes_of(page)
    Chat(page).open()
    expect(page.locator("form.composer textarea")).to_be_focused()
    page.wait_for_load_state("networkidle")
    assert len(sizes) <= MOST_REQUESTS
    assert sum(sizes) <= MOST_BYTES, f"{sum(sizes)} bytes"


def test_a_conversation_asks_for_no_module_that_a_bundle_has(open_context: Callable[..., BrowserContext], chat: Chat, key: str) -> None:
    chat.ask("Something short")
    page = open_context(key, fresh=True).new_page()
    sizes = sizes_of(page)
    page.goto(chat.page.url)
    expect(page.locator("[data-message]")).to_have_count(2)
    page.wait_for_load_state("networkidle")
    assert len(sizes) <= MOST_REQUESTS_OF_A_CONVERSATION
    asked_by_assistants = "/composer/variables."  # loaded where one of the site's assistants asks for something, as other tests' do
    assert [module for module in page.evaluate(SINGLE_MODULES) if asked_by_assistants not in module] == []


def sizes_of(page: Page) -> list[float]:
    """The bytes of each response from now on, as they come."""
    session = page.context.new_cdp_session(page)
    sizes: list[float] = []
    session.on("Network.loadingFinished", lambda event: sizes.append(event["encodedDataLength"]))
    session.send("Network.enable")
    return sizes


def test_what_shows_answers_comes_with_the_first_of_them(chat: Chat) -> None:
    loaded = "performance.getEntriesByType('resource').map(({ name }) => name).join()"
    assert "purify" not in chat.page.evaluate(loaded)
    chat.ask("Something short")
    assert "purify" in chat.page.evaluate(loaded)
    assert "katex" not in chat.page.evaluate(loaded)
    assert "/npm/highlight/" not in chat.page.evaluate(loaded)


def test_an_answer_is_drawn_for_the_first_frame_before_what_colours_its_code_is_asked_for(
    open_context: Callable[..., BrowserContext], chat: Chat, provider: Provider, key: str
) -> None:
    provider.says("Code", "```js\nconst one = 1;\n```")
    chat.ask("Code")
    page = open_context(key, fresh=True).new_page()
    page.add_init_script(FIRST_FRAME)
    page.goto(chat.page.url)
    expect(page.locator(".hljs-keyword")).to_have_text("const")
    assert page.evaluate("seenAt") < page.evaluate(ASKED_AT)
