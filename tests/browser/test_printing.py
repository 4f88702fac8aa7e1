"""A conversation on paper, or as PDF: all of it, light, and without what can only be clicked."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

from playwright.sync_api import BrowserContext, Page, expect

from tests.support.serving import Served

from .chat import Chat
from .provider import TITLE, Provider

EVERYTHING = (Path(__file__).parent / "everything.md").read_text()
LONG = "LongWord" * 60
MESSAGES = 90
MAKE = """
from django.contrib.sessions.models import Session
from django.utils import timezone
from conversations.models import Conversation, Message, User
owner = User.objects.get(pk=Session.objects.get(pk={key!r}).get_decoded()["_auth_user_id"])
conversation = Conversation.objects.create(owner=owner, title="A long talk", updated=timezone.now())
made, parent = [], None
for number in range({messages}):
    message = Message(conversation=conversation, owner=owner, parent=parent, role="assistant" if number % 2 else "user")
    message.parts = [{{"type": "text", "text": f"Message {{number}} $a^2$" + " and more words" * 90}}]
    made.append(message)
    parent = message
Message.objects.bulk_create(made)
conversation.leaf = parent
conversation.save()
print("ID" + str(conversation.pk))
"""
PRINTS_NOTHING = "window.print = () => { window.printed = document.querySelectorAll('[data-message]').length; }"
NOTE = "() => getComputedStyle(document.querySelector('.messages'), '::before').content"
SIDEWAYS = """() => [document.documentElement, ...document.querySelectorAll(".code pre, .table")]
  .filter((box) => box.scrollWidth > box.clientWidth + 1).map((box) => box.className || box.localName)"""
CLIPPED = """() => [...document.querySelectorAll("[data-message]")]
  .filter((one) => one.getBoundingClientRect().bottom > document.documentElement.getBoundingClientRect().bottom + 1).length"""
IS_DARK = "([color]) => color.match(/[\\d.]+/g).slice(0, 3).every((part) => Number(part) < 110)"


def pages_of(page: Page) -> int:
    return len(re.findall(rb"/Type\s*/Page\b", page.pdf(format="A4")))


def test_it_is_light_whole_and_without_buttons(open_context: Callable[..., BrowserContext], key: str, provider: Provider) -> None:
    provider.says("Everything", EVERYTHING + f"\n\n```python\nname = '{LONG}'\n```\n")
    chat = Chat(open_context(key, color_scheme="dark").new_page()).open()
    chat.ask("Everything")
    expect(chat.row(TITLE)).to_be_visible()
    page = chat.page
    page.evaluate("localStorage.theme = document.documentElement.dataset.theme = 'dark'")
    assert pages_of(page) > 1
    page.emulate_media(media="print")
    page.set_viewport_size({"width": 680, "height": 900})  # a page of A4
    expect(page.get_by_role("heading", name=TITLE)).to_be_visible()
    for role in ("You", "Answer"):
        assert page.get_by_text(role, exact=True).evaluate("(head) => head.getBoundingClientRect().height") > 10
    left = "(one) => one.getBoundingClientRect().left"
    assert chat.question.locator(".text").evaluate(left) == chat.question.get_by_text("You", exact=True).evaluate(left)
    for hidden in (chat.sidebar, chat.composer, page.locator("#more"), page.get_by_text("Answers come from a model")):
        expect(hidden).to_be_hidden()
    assert page.locator("button:visible, textarea:visible").count() == 0
    assert page.evaluate(SIDEWAYS) == []
    assert page.evaluate(CLIPPED) == 0
    for text in (chat.answer.locator(".text").first, chat.answer.locator("code").last, page.locator("h1.title")):
        color = text.evaluate("(one) => [getComputedStyle(one).color]")
        assert page.evaluate(IS_DARK, color), color
    address = "(link) => getComputedStyle(link, '::after').content"
    assert "pandas.pydata.org" in chat.answer.get_by_role("link", name="the pandas docs").evaluate(address)


def test_an_address_that_is_read_already_is_not_said_twice(chat: Chat, provider: Provider) -> None:
    provider.says("Where?", "[https://example.com/a](https://example.com/a), <https://example.com/b/> and [there](https://example.com/c)")
    chat.ask("Where?")
    chat.page.emulate_media(media="print")
    said = chat.answer.locator("a").evaluate_all("(links) => links.map((link) => getComputedStyle(link, '::after').content)")
    assert [content != "none" for content in said] == [False, False, True]


def some_are_shown(page: Page) -> None:
    expect(page.locator("[data-message]").last).to_be_visible()
    assert page.locator("[data-message]").count() < MESSAGES


def test_a_long_history_is_loaded_before_it_is_printed(open_context: Callable[..., BrowserContext], key: str, site: Served) -> None:
    address = f"/c/{site.run(MAKE.format(key=key, messages=MESSAGES)).split('ID')[1].strip()}/"
    context = open_context(key)
    context.add_init_script(PRINTS_NOTHING)
    shown = "() => window.printed"
    page = Chat(context.new_page()).open(address).page
    some_are_shown(page)
    page.emulate_media(media="print")
    assert "Print or save as PDF" in page.evaluate(NOTE)
    page.emulate_media(media="null")  # type: ignore[arg-type]
    some = pages_of(page)

    page.get_by_role("button", name="Conversation menu").click()
    expect(page.get_by_role("menuitem", name="Print or save as PDF")).to_be_visible()
    context.set_offline(True)
    page.get_by_role("menuitem", name="Print or save as PDF").click()
    expect(page.get_by_role("alert")).to_contain_text("not printed")
    context.set_offline(False)
    page.get_by_role("button", name="Conversation menu").click()
    page.get_by_role("menuitem", name="Print or save as PDF").click()
    page.wait_for_function(shown)
    assert page.evaluate(shown) == MESSAGES
    expect(page.locator(".formula .katex")).to_have_count(MESSAGES // 2)
    expect(page.get_by_role("dialog")).to_have_count(0)
    page.emulate_media(media="print")
    assert page.evaluate(NOTE) == "none"
    page.emulate_media(media="null")  # type: ignore[arg-type]
    assert pages_of(page) > some

    other = Chat(context.new_page()).open(address).page
    some_are_shown(other)
    other.keyboard.press("Control+p")
    other.wait_for_function(shown)
    assert other.evaluate(shown) == MESSAGES
    other.evaluate("addEventListener('keydown', (event) => { window.prevented = event.defaultPrevented; })")
    other.keyboard.press("Control+p")
    assert other.evaluate("window.prevented") is False  # all is there: it is left to the browser
