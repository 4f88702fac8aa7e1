"""Enter sends, except where it accepts an input method's candidate, and where the keyboard is on the screen."""

from __future__ import annotations

from collections.abc import Callable

from playwright.sync_api import BrowserContext, CDPSession, Locator, expect

from .chat import Chat
from .provider import TITLE, Provider


class InputMethod:
    """Composes as Chromium's engine is told to by a desktop. Safari's order of events is made of the same calls."""

    def __init__(self, chat: Chat) -> None:
        self._session: CDPSession = chat.page.context.new_cdp_session(chat.page)

    def compose(self, text: str) -> None:
        self._session.send("Input.imeSetComposition", {"text": text, "selectionStart": len(text), "selectionEnd": len(text)})

    def accept(self, text: str) -> None:
        """Safari ends the composition first, so that the key's event no longer belongs to one. All that is left is its code."""
        self._session.send("Input.insertText", {"text": text})
        self.key("Enter")

    def key(self, name: str) -> None:
        for kind in ("rawKeyDown", "keyUp"):
            self._session.send("Input.dispatchKeyEvent", {"type": kind, "key": name, "code": name, "windowsVirtualKeyCode": 229})


def test_a_key_of_an_input_method_sends_nothing_and_closes_nothing(chat: Chat, provider: Provider) -> None:
    chat.ask("Anything")
    expect(chat.row(TITLE)).to_be_visible()
    keys = InputMethod(chat)
    fields: list[tuple[Locator, Callable[[], None]]] = [
        (chat.composer, chat.composer.focus),
        (chat.page.get_by_role("textbox", name="Edit message"), lambda: chat.act(chat.question, "Edit message")),
        (chat.page.get_by_role("textbox", name="Title"), lambda: rename(chat)),
    ]
    for field, begin in fields:
        begin()
        expect(field).to_be_focused()
        chat.page.keyboard.press("ControlOrMeta+a")
        keys.compose("にほん")
        chat.page.keyboard.press("Enter")  # amid the composition, as in Chromium and Firefox
        keys.compose("にほん")
        keys.accept("日本")
        keys.key("Escape")
        expect(field).to_be_focused()
        assert field.evaluate("(field) => field.value ?? field.innerText").startswith("日本")
    expect(chat.questions).to_have_count(1)
    expect(chat.question.locator(".text")).to_have_text("Anything")
    chat.page.keyboard.press("Enter")
    expect(chat.row("日本")).to_be_visible()


def rename(chat: Chat) -> None:
    chat.page.get_by_role("button", name=f"More for {TITLE}").click()
    chat.page.get_by_role("menuitem", name="Rename").click()


def test_on_a_touch_keyboard_enter_breaks_the_line_and_the_button_sends(
    open_context: Callable[..., BrowserContext], key: str, provider: Provider
) -> None:
    phone = open_context(key, viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True)
    chat = Chat(phone.new_page()).open()
    keyboard = chat.page.keyboard
    chat.composer.tap()
    for line in ("One", "two"):
        keyboard.type(line)
        keyboard.press("Enter")
    expect(chat.composer).to_have_value("One\ntwo\n")
    expect(chat.questions).to_have_count(0)
    chat.page.get_by_role("button", name="Send").tap()
    chat.ended("complete")
    expect(chat.question.locator(".text")).to_have_text("One\ntwo")

    chat.question.get_by_role("button", name="Edit message").tap()
    field = chat.page.get_by_role("textbox", name="Edit message")
    expect(field).to_be_focused()
    keyboard.press("Enter")
    keyboard.type("three")
    expect(field).to_be_visible()
    keyboard.press("Control+Enter")
    chat.ended("complete")
    expect(chat.question.locator(".text")).to_have_text("One\ntwo\nthree")
