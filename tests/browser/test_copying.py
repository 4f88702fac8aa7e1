"""What is copied is what is meant: Markdown and rich text of a message, formulas as TeX, with TLS or without."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import BrowserContext, Locator, Request, expect

from .chat import Chat, keep_marks
from .provider import Provider

ANSWER = "## Title\n\nWith **bold**, $a^2$ and `code`:\n\n- [x] done\n\n\\[ x = 1 \\]\n\n```sh\nmake run\n```"
# Nothing is said about the clipboard without TLS, and WebKit copies only what is selected.
LIKE_WEBKIT_WITHOUT_TLS = """
Object.defineProperty(Navigator.prototype, "clipboard", { get: () => undefined });
const { execCommand } = Document.prototype;
Document.prototype.execCommand = function (name, ...rest) {
  return name === "copy" && getSelection().isCollapsed ? false : execCommand.call(this, name, ...rest);
};
document.addEventListener("copy", (event) => {
  window.copied = Object.fromEntries([...event.clipboardData.types].map((type) => [type, event.clipboardData.getData(type)]));
});
"""
SELECT = """(answer) => {
  const range = document.createRange();
  range.setStart(answer.querySelector(".text p").firstChild, 0);
  range.setEnd(answer.querySelector(".formula.block .katex-html .mord, .formula.block").firstChild, 0);
  getSelection().removeAllRanges();
  getSelection().addRange(range);
}"""


@pytest.fixture
def chat(shared_chat: Chat) -> Chat:
    return shared_chat


@pytest.fixture
def answered(chat: Chat, provider: Provider) -> Chat:
    provider.says("Copy me", ANSWER)
    chat.page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    keep_marks(chat.page)
    chat.ask("Copy me")
    expect(chat.answer.locator(".katex").nth(1)).to_be_visible()
    return chat


def mark(message: Locator) -> Locator:
    """What its button to copy shows."""
    return message.locator("[data-action=copy] use")


def clipboard(chat: Chat) -> dict[str, str]:
    copied: dict[str, str] = chat.page.evaluate("""async () => {
      const [item] = await navigator.clipboard.read();
      return Object.fromEntries(await Promise.all(item.types.map(async (type) => [type, await (await item.getType(type)).text()])));
    }""")
    return copied


def test_a_message_gives_markdown_and_rich_text(answered: Chat) -> None:
    answered.act(answered.answer, "Copy answer")
    expect(mark(answered.answer)).to_have_attribute("href", "#icon-check")
    copied = clipboard(answered)
    assert copied["text/plain"] == ANSWER
    html = copied["text/html"]
    for part in ("<h2", "<strong>bold</strong>", "$a^2$", "<code", "☑", "$$x = 1$$", "make run"):
        assert part in html
    assert "katex" not in html
    assert "<button" not in html
    answered.act(answered.question, "Copy message")
    expect(mark(answered.question)).to_have_attribute("href", "#icon-check")
    assert clipboard(answered)["text/plain"] == "Copy me"


def test_that_an_answer_was_copied_is_told_once_and_nothing_of_it(answered: Chat) -> None:
    told: list[Request] = []

    def listen(request: Request) -> None:
        if request.url.endswith("/copied/"):
            told.append(request)

    answered.page.on("request", listen)
    with answered.page.expect_response("**/copied/") as response:
        answered.act(answered.answer, "Copy answer")
    assert response.value.status == 204
    expect(mark(answered.answer)).to_have_attribute("href", "#icon-check")
    mark(answered.answer).evaluate("use => use.setAttribute('href', '#icon-copy')")  # the next one is that of the second time
    for message, name in ((answered.answer, "Copy answer"), (answered.question, "Copy message")):
        answered.act(message, name)
        expect(mark(message)).to_have_attribute("href", "#icon-check")
    assert [request.post_data for request in told] == ["{}"]
    answered.page.remove_listener("request", listen)


def test_a_selection_has_a_formula_once_and_whole(answered: Chat) -> None:
    answered.answer.evaluate(SELECT)
    answered.page.keyboard.press("Control+C")
    copied = clipboard(answered)
    assert copied["text/plain"].splitlines() == ["With bold, $a^2$ and code:", "", "☑ done", "$$x = 1$$"]
    assert "<strong" in copied["text/html"]
    assert copied["text/html"].count("a^2") == 1


def test_without_tls_and_in_webkit_copying_works(open_context: Callable[..., BrowserContext], key: str, provider: Provider) -> None:
    context = open_context(key)
    context.add_init_script(LIKE_WEBKIT_WITHOUT_TLS)
    chat = Chat(context.new_page()).open()
    provider.says("Copy me", ANSWER)
    chat.ask("Copy me")
    expect(chat.answer.locator(".katex").nth(1)).to_be_visible()
    chat.page.evaluate("""() => document.addEventListener("copy", ({ clipboardData: { types } }) => (window.seen = [...types]), true)""")
    keep_marks(chat.page)
    chat.act(chat.answer, "Copy answer")
    expect(mark(chat.answer)).to_have_attribute("href", "#icon-check")
    chat.composer.focus()
    chat.page.keyboard.press("Control+V")
    expect(chat.composer).to_have_value(ANSWER)
    expect(chat.page.locator("body > span")).to_have_count(0)
