"""What was asked stands at the top of the view while its answer grows below it, and the page follows the end only for a reader who went there."""

from __future__ import annotations

import pytest
from playwright.sync_api import Locator, expect

from tests.support.scripted_openai import Finish, Text

from .chat import Chat, until
from .provider import NOT_BY_ITSELF, Provider
from .test_queued_messages import waiting

FROM_TOP = "(one) => one.getBoundingClientRect().top - document.querySelector('.main > .scroll').getBoundingClientRect().top"
PLACE = "document.querySelector('.main > .scroll').scrollTop"
SELECT = """(text) => {
  const walker = document.createTreeWalker(text, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const at = walker.currentNode.data.indexOf("beginning");
    if (at >= 0) getSelection().setBaseAndExtent(walker.currentNode, at, walker.currentNode, at + 9);
  }
}"""
TWO_FRAMES = "() => new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve)))"
TOP_PX = 9
COUNT_NEXT = """() => {
  window.counts = new Set();
  const count = () => {
    counts.add([...document.querySelectorAll(".message[data-role=user] .text")].filter((text) => text.textContent === "Next").length);
    requestAnimationFrame(count);
  };
  count();
}"""


@pytest.fixture
def motion() -> str:
    return "no-preference"


@pytest.fixture
def chat(shared_chat: Chat) -> Chat:
    return shared_chat


def lines(name: str, count: int) -> str:
    return "".join(f"\n\n{name} {number}" for number in range(count))


def is_at_top(message: Locator) -> bool:
    return abs(float(message.evaluate(FROM_TOP))) <= TOP_PX


def place(chat: Chat) -> float:
    chat.page.evaluate(TWO_FRAMES)
    return float(chat.page.evaluate(PLACE))


def test_the_question_stays_at_the_top_while_its_answer_grows(chat: Chat, provider: Provider) -> None:
    (some, hold_some), (more, hold_more), (rest, hold_rest) = (provider.gate() for _ in range(3))
    to_end = chat.page.get_by_role("button", name="Scroll to bottom")
    provider.says("First", "Short.")
    chat.ask("First")
    until(lambda: is_at_top(chat.question))
    assert chat.page.evaluate(
        "(() => { const it = document.querySelector('.main > .scroll'); return it.scrollHeight === it.clientHeight; })()"
    )

    provider.says("Second", "It begins.", hold_some, lines("Line", 60), hold_more, lines("More", 20), hold_rest, "\n\nThe very end.")
    chat.send("Second")
    expect(chat.answer).to_contain_text("It begins.")
    until(lambda: is_at_top(chat.question))
    before = place(chat)
    expect(to_end).to_be_hidden()
    some.open()
    expect(chat.answer.get_by_text("Line 59")).to_have_count(1)
    assert place(chat) == before
    expect(chat.answer.get_by_text("Line 59")).not_to_be_in_viewport()
    expect(to_end).to_be_visible()

    chat.page.set_viewport_size({"width": 1000, "height": 500})  # as a keyboard on the screen makes it
    until(lambda: is_at_top(chat.question))
    chat.page.reload()
    expect(chat.answer.get_by_text("Line 59")).to_have_count(1)
    until(lambda: is_at_top(chat.question))

    chat.page.locator(".main > .scroll").hover()
    chat.page.mouse.wheel(0, 20_000)
    expect(chat.answer.get_by_text("Line 59")).to_be_in_viewport()
    more.open()
    expect(chat.answer.get_by_text("More 19")).to_be_in_viewport()
    chat.page.mouse.wheel(0, -400)
    until(to_end.is_visible)
    before = place(chat)
    rest.open()
    chat.ended("complete")
    assert place(chat) == before


def test_in_another_tab_it_comes_to_the_top_only_for_a_reader_at_the_end(chat: Chat, provider: Provider) -> None:
    _, hold = provider.gate()
    provider.says("Long", lines("Line", 60))
    provider.says("Again", "Once more", hold)
    chat.ask("Long")
    at_end, above = (Chat(chat.page.context.new_page()).open(chat.page.url) for _ in range(2))
    for tab in (at_end, above):
        expect(tab.answer.get_by_text("Line 59")).to_be_in_viewport()  # before there is anything, there is nothing to scroll
    above.page.locator(".main > .scroll").hover()
    above.page.mouse.wheel(0, -700)
    expect(above.answer.get_by_text("Line 59")).not_to_be_in_viewport()
    before = place(above)
    chat.send("Again")
    for tab in (chat, at_end):
        expect(tab.answer).to_contain_text("Once more")
        until(lambda: is_at_top(tab.question))  # noqa: B023
    expect(above.answer).to_contain_text("Once more")
    assert place(above) == before


def test_what_is_continued_has_room_and_what_is_queued_is_seen(chat: Chat, provider: Provider) -> None:
    gate, hold = provider.gate()
    provider.says("Long", Text(lines("Line", 60)), NOT_BY_ITSELF)
    chat.send("Long")
    chat.ended("interrupted")
    provider.server.script(Text(lines("More", 10)), hold, Text(lines("Still", 40)), Finish())
    chat.act(chat.answer, "Continue")
    expect(chat.answer.get_by_text("More 9")).to_be_in_viewport()
    expect(chat.answer.get_by_text("Line 59")).to_be_in_viewport()
    chat.send("And then?")
    expect(waiting(chat)).to_be_in_viewport()
    before = place(chat)
    gate.open()
    expect(chat.answers).to_have_count(2)
    chat.ended("complete")
    assert place(chat) >= before


def test_what_was_queued_leaves_the_end_of_the_answer_before_in_view(chat: Chat, provider: Provider) -> None:
    gate, hold = provider.gate()
    provider.says("Long", lines("Line", 60), hold, "\n\nThe very end.")
    provider.says("Next", "It follows.")
    chat.send("Long")
    expect(chat.answer.get_by_text("Line 59")).to_have_count(1)
    chat.page.locator(".main > .scroll").hover()
    chat.page.mouse.wheel(0, 20_000)
    expect(chat.answer.get_by_text("Line 59")).to_be_in_viewport()
    chat.send("Next")
    expect(waiting(chat)).to_be_in_viewport()
    chat.page.evaluate(COUNT_NEXT)
    gate.open()
    expect(chat.answer).to_contain_text("It follows.")
    chat.ended("complete")
    expect(chat.answers.first.get_by_text("The very end.")).to_be_in_viewport()
    expect(chat.question).to_be_in_viewport()
    assert chat.page.evaluate("[...counts]") == [1]


def test_a_shorter_version_stays_at_the_top(chat: Chat, provider: Provider) -> None:
    provider.says("First", lines("Line", 60))
    chat.ask("First")
    provider.says("Second", "Short.")
    chat.ask("Second")
    provider.says("Second", lines("Longer", 8))
    chat.act(chat.answer, "Regenerate")
    expect(chat.answer).to_contain_text("Longer 7")
    chat.ended("complete")
    assert is_at_top(chat.question)
    chat.act(chat.answer, "Previous answer")
    expect(chat.answer).to_contain_text("Short.")
    chat.page.evaluate(TWO_FRAMES)
    assert is_at_top(chat.question)
    expect(chat.page.get_by_role("button", name="Scroll to bottom")).to_be_hidden()


def test_what_is_selected_stays_selected_while_its_paragraph_grows(chat: Chat, provider: Provider) -> None:
    """In a paragraph, beside a formula and code; in a list that gets items; and in what turns out to be bold."""
    for number, (start, more, html) in enumerate(
        (
            ("The beginning of `co", "de` and $x^2$ and so", "<code"),
            ("The **beginning of", " it** all.\n\nAnother one.", "<strong>beginning of it</strong> all."),
            ("- An item\n- The beginning of", " another\n- and **more**", "<strong>more</strong>"),
            ("A formula $x^2$ and its beginning", " and more. It ends here", "katex"),
        )
    ):
        gate, hold = provider.gate()
        question = f"Select {number}"
        provider.says(question, start, hold, more)
        chat.send(question)
        expect(chat.answers).to_have_count(number + 1)
        expect(chat.answer).to_contain_text("beginning")
        if "$" in start:
            expect(chat.answer.locator(".katex")).to_have_count(1)
        chat.answer.locator(".text").evaluate(SELECT)
        gate.open()
        chat.ended("complete")
        assert chat.page.evaluate("getSelection().toString()") == "beginning"
        shown = chat.answer.locator(".text").inner_html()
        assert html in shown
        assert "caret" not in shown
