"""A browser whose policy or extension takes WebSockets or storage away shows the chat all the same."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import BrowserContext, expect

from .chat import Chat
from .provider import Provider

RESTRICTIONS = {
    "WebSockets raise": "window.WebSocket = class { constructor() { throw new DOMException('Blocked', 'SecurityError'); } };",
    "no WebSockets": "delete window.WebSocket;",
    "storage raises": """for (const name of ["localStorage", "sessionStorage"])
        Object.defineProperty(window, name, { get() { throw new DOMException("Blocked", "SecurityError"); } });""",
}


@pytest.mark.parametrize("taken", [("WebSockets raise",), ("storage raises",), ("no WebSockets", "storage raises")], ids=" and ".join)
def test_a_question_is_answered(open_context: Callable[..., BrowserContext], key: str, provider: Provider, taken: tuple[str, ...]) -> None:
    context = open_context(key)
    for what in taken:
        context.add_init_script(RESTRICTIONS[what])
    chat = Chat(context.new_page()).open()
    provider.says("Does it work?", "It does.")
    expect(chat.ask("Does it work?")).to_contain_text("It does.")
    expect(chat.page.locator("#slower")).to_be_visible(visible=any("WebSockets" in what for what in taken))
