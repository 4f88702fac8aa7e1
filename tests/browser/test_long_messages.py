"""A message that is too long is named as that at once, is kept where it was written, and is never sent; nothing reconnects for it."""

from __future__ import annotations

import json

from playwright.sync_api import Locator, WebSocketRoute, expect

from conversations.commands.questions import MAX_MESSAGE_CHARACTERS

from .chat import Chat
from .line import Line

LIMIT = f"{MAX_MESSAGE_CHARACTERS:,}"
FILL = """([selector, text]) => {
  const field = document.querySelector(selector);
  field.focus();
  if (field.value === undefined) field.textContent = text;
  else field.value = text;
  field.dispatchEvent(new InputEvent("input", { bubbles: true }));
}"""


def paste(chat: Chat, text: str, selector: str = "form.composer textarea") -> None:
    chat.page.evaluate(FILL, [selector, text])


def test_too_long_a_message_is_not_sent_and_not_lost(chat: Chat, line: Line) -> None:
    excess = chat.page.locator(".composer .excess")
    send = chat.page.get_by_role("button", name="Send")
    waves = "🌊" * 9  # two units of JavaScript's each, but one character; more would take the browser long to draw
    longest = waves + "x" * (MAX_MESSAGE_CHARACTERS - len(waves))
    for text in ("é" * (MAX_MESSAGE_CHARACTERS + 1), "x" * 1_000_000, longest + "!"):
        paste(chat, text)
        expect(excess).to_contain_text(f"This message has {len(text):,} characters, and at most {LIMIT} can be sent.")
        expect(send).to_be_disabled()
        chat.page.keyboard.press("Enter")
        expect(chat.questions).to_have_count(0)
        assert chat.page.evaluate("document.querySelector('form.composer textarea').value") == text
    paste(chat, longest)
    expect(excess).to_be_hidden()
    chat.page.keyboard.press("Enter")
    chat.ended("complete")
    assert line.opened == 1

    chat.act(chat.question, "Edit message")
    expect(chat.page.locator(".editing .field")).to_be_focused()
    paste(chat, longest + "!", ".editing .field")
    expect(chat.page.locator(".editing .excess")).to_contain_text(f"{MAX_MESSAGE_CHARACTERS + 1:,} characters")
    chat.page.keyboard.press("Enter")
    expect(chat.page.locator(".editing .field")).to_be_focused()
    assert max(len(frame) for frame in line.sent) < 2 * MAX_MESSAGE_CHARACTERS + 1000


AWAIT_PASTE = """(field, text) => {
  field[field.localName === "textarea" ? "value" : "textContent"] = "";
  field.dispatchEvent(new InputEvent("input", { bubbles: true }));
  field.focus();
  window.drawn = new Promise((resolve) => {
    field.addEventListener("input", () => requestAnimationFrame(() => setTimeout(resolve)), { once: true });
  });
  return navigator.clipboard.writeText(text);
}"""


def test_a_paste_takes_time_in_proportion_to_its_length(chat: Chat) -> None:
    chat.page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    chat.ask("To be edited")
    chat.act(chat.question, "Edit message")

    session = chat.page.context.new_cdp_session(chat.page)
    # What the page's thread computes, and not how long it waits for a processor.
    session.send("Performance.enable", {"timeDomain": "threadTicks"})

    def milliseconds(field: Locator, length: int) -> float:
        took = []
        for _ in range(2):
            field.evaluate(AWAIT_PASTE, "x" * length)
            before = computed()
            chat.page.keyboard.press("Control+V")
            chat.page.evaluate("window.drawn")
            took.append(computed() - before)
        return min(took)

    def computed() -> float:
        metrics = {metric["name"]: metric["value"] for metric in session.send("Performance.getMetrics")["metrics"]}
        return 1000 * float(metrics["TaskDuration"])

    for field in (chat.page.get_by_role("textbox", name="Edit message"), chat.composer):
        short = max(milliseconds(field, 100_000), 50)
        assert milliseconds(field, 800_000) < 25 * short  # with its square it would be 64 times as long
        assert field.evaluate("(field) => (field.value ?? field.textContent).length") == 800_000


def test_one_that_was_kept_to_be_sent_is_given_back_after_a_reload(chat: Chat, line: Line) -> None:
    put = """(text) => {
      const { user } = JSON.parse(document.getElementById("page").textContent);
      const frame = { type: "send", conversation: null, parent: null, text, attachments: [], prompt: null, model: null, id: crypto.randomUUID() };
      localStorage.setItem(`outbox:${user.id}`, JSON.stringify([{ frame, tab: sessionStorage.tab, time: Date.now() }]));
    }"""
    text = "x" * (MAX_MESSAGE_CHARACTERS + 5)
    chat.page.evaluate(put, text)
    chat.page.reload()
    expect(chat.page.locator("#problem")).to_contain_text(f"{MAX_MESSAGE_CHARACTERS + 5:,} characters")
    expect(chat.questions).to_have_count(0)
    assert chat.page.evaluate("document.querySelector('form.composer textarea').value") == text
    assert not chat.page.evaluate("Object.keys(localStorage).some((key) => key.startsWith('outbox'))")
    assert not any('"send"' in frame for frame in line.sent)


def test_what_a_proxy_finds_too_long_is_given_back_and_not_sent_again(chat: Chat) -> None:
    person = chat.page.evaluate("JSON.parse(document.getElementById('page').textContent).user.id")
    sent: list[str] = []

    def small(socket: WebSocketRoute) -> None:
        def hear(message: str | bytes) -> None:
            if '"send"' in str(message):
                sent.append(str(message))
                socket.close(code=1009)

        socket.on_message(hear)
        socket.send(json.dumps({"type": "ready", "user": person, "version": "1"}))

    chat.page.route_web_socket("**/ws/", small)
    chat.open()
    text = "y" * 70_000
    paste(chat, text)
    chat.page.keyboard.press("Enter")
    expect(chat.page.locator("#problem")).to_contain_text("70,000 characters, and something on the way to the server takes less")
    assert chat.page.evaluate("document.querySelector('form.composer textarea').value") == text
    expect(chat.page.locator("#connection")).to_be_hidden()
    assert len(sent) == 1
    expect(chat.questions).to_have_count(0)
