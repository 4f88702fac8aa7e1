"""A browser that is too old is told so on every page, and one that is on the list finds another way where it lacks something."""

from __future__ import annotations

from collections.abc import Callable

from playwright.sync_api import BrowserContext, Page, expect

from .chat import Chat
from .provider import Provider

WITHOUT_IMPORT_MAPS = "HTMLScriptElement.supports = (type) => type !== 'importmap';"
WITHOUT_PLAIN_TEXT_FIELDS = """

const setAttribute = Element.prototype.setAttribute;
Element.prototype.setAttribute = function (name, value) {
  if (value !== "plaintext-only") setAttribute.call(this, name, value);
};
"""
# What browsers of the list lack, by the versions in docs/browsers.md.
LACKING = """
for (const [object, names] of [
  [Promise, ["withResolvers", "try"]], [Map, ["groupBy"]], [Object, ["groupBy"]], [URL, ["canParse", "parse"]],
  [Set.prototype, ["union", "difference", "intersection"]], [Array, ["fromAsync"]], [window, ["Iterator"]],
  [HTMLElement.prototype, ["showPopover", "hidePopover", "togglePopover", "popover"]], [AbortSignal, ["any"]],
]) for (const name of names) delete object[name];
"""


def told(page: Page) -> bool:
    return page.locator("#outdated").is_visible()


def test_one_that_is_too_old_is_told_so_on_every_page(open_context: Callable[..., BrowserContext], key: str, admin_key: str) -> None:
    for session, paths in ((key, ["/", "/use/"]), (None, ["/accounts/login/"]), (admin_key, ["/admin/", "/admin/reports/"])):
        context = open_context(session)
        page = context.new_page()
        for path in paths:
            page.goto(path)
            assert not told(page), path
        context.add_init_script(WITHOUT_IMPORT_MAPS)
        for path in paths:
            page.goto(path)
            expect(page.locator("#outdated")).to_contain_text("This browser is too old for this site.")


def test_what_came_later_is_not_needed(open_context: Callable[..., BrowserContext], key: str, provider: Provider) -> None:
    context = open_context(key, permissions=["clipboard-read", "clipboard-write"])
    context.add_init_script(LACKING + WITHOUT_PLAIN_TEXT_FIELDS)
    chat = Chat(context.new_page()).open()
    assert not told(chat.page)
    provider.says("Show me", "![Tides](https://example.org/tides.png) **bold**")
    chat.ask("Show me")
    expect(chat.answer.get_by_role("link", name="Tides")).to_be_visible()

    account = chat.page.locator("#account")
    menu = chat.page.get_by_role("menu", name="Account")
    account.click()
    expect(menu.get_by_role("menuitemradio", name="System")).to_be_focused()
    chat.page.locator(".main .top").click()
    expect(menu).to_have_count(0)
    account.click()
    expect(menu.get_by_role("menuitemradio", name="System")).to_be_focused()
    chat.page.keyboard.press("Escape")
    expect(menu).to_have_count(0)
    expect(account).to_be_focused()
    account.click()
    menu.get_by_role("menuitemradio", name="Dark").click()
    expect(chat.page.locator("html")).to_have_css("color-scheme", "dark")
    expect(chat.page.locator("html")).to_have_css("background-color", "rgb(22, 21, 19)")

    chat.act(chat.question, "Edit message")
    field = chat.page.get_by_role("textbox", name="Edit message")
    expect(field).to_be_focused()
    copy = """() => navigator.clipboard.write([new ClipboardItem({
      "text/html": new Blob(["<b>rich</b><br>text"], { type: "text/html" }), "text/plain": new Blob(["rich\\ntext"], { type: "text/plain" }) })])"""
    chat.page.evaluate(copy)
    for keys in ("ControlOrMeta+a", "ControlOrMeta+v", "ControlOrMeta+b"):
        chat.page.keyboard.press(keys)
    chat.page.keyboard.type("!")
    expect(field.locator("b, strong, span")).to_have_count(0)
    chat.page.keyboard.press("Shift+Enter")
    chat.page.keyboard.type("more")
    chat.page.keyboard.press("Enter")
    chat.ended("complete")
    expect(chat.question.locator(".text")).to_have_text("rich\ntext!\nmore")
