"""The pages that an answer cites are links below it, as soon as it has ended, and after a reload."""

from __future__ import annotations

from playwright.sync_api import expect

from tests.support.scripted_openai import Cites, Text

from .chat import Chat
from .provider import Provider

PAGES = [(f"https://example.org/{number}", f"Page {number}") for number in range(7)] + [("https://www.example.com/untitled", "")]


def test_they_are_links_that_open_elsewhere(shared_chat: Chat, provider: Provider) -> None:
    chat, page = shared_chat, shared_chat.page
    cited = [Cites(url, title) for url, title in (*PAGES, PAGES[0], ("javascript:alert(1)", "Not one"))]
    provider.says("Why is it blue?", Text("It scatters."), *cited, Text(" So it is."))
    chat.ask("Why is it blue?")
    for _ in ("streamed", "from history"):
        links = chat.answer.get_by_role("group", name="Sources").locator("a")
        expect(links).to_have_text([title or "www.example.com" for _, title in PAGES])
        assert links.evaluate_all("links => links.map(({ href }) => href)") == [url for url, _ in PAGES]
        assert links.evaluate_all("links => links.every(({ target, rel }) => target === '_blank' && rel.includes('noopener'))")
        expect(links.nth(5)).to_be_visible()
        expect(links.nth(6)).to_be_hidden()
        chat.answer.get_by_text("2 more").click()
        expect(links.nth(7)).to_be_visible()
        page.reload()
