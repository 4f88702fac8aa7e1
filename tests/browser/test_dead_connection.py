"""Connections that die silently, and what the page shows once it is connected again."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import pytest
from playwright.sync_api import BrowserContext, expect

from .chat import Chat
from .line import Line
from .provider import TITLE, Provider

HIDE = """() => {
  Object.defineProperty(document, "visibilityState", { value: "hidden", configurable: true });
  document.dispatchEvent(new Event("visibilitychange"));
}"""
SHOW = """() => {
  delete document.visibilityState;
  document.dispatchEvent(new Event("visibilitychange"));
}"""

NO_SERVER = """() => {
  const Real = WebSocket;
  window.WebSocket = class {
    constructor() { queueMicrotask(() => this.onclose({ code: 1006 })); }
    close() {}
  };
  window.haveServer = () => { window.WebSocket = Real; };
}"""


@pytest.fixture
def unopened(open_context: Callable[..., BrowserContext], key: str) -> Chat:
    return Chat(open_context(key, clock=True).new_page())


@pytest.fixture
def timed(line: Line, unopened: Chat) -> Chat:
    """A new user on the empty page, which is connected."""
    unopened.open()
    line.until(lambda: line.heard("ready") == 1)
    return unopened


def test_a_silent_line_is_asked_and_given_up(timed: Chat, line: Line, provider: Provider) -> None:
    gate, hold = provider.gate()
    provider.says("Are you there?", "I am", hold, " still here.")
    timed.send("Are you there?")
    expect(timed.answer).to_contain_text("I am")
    line.go_dead()
    gate.open()
    timed.page.clock.fast_forward(20_500)
    line.until(lambda: len(line.commands("ping")) == 1)
    assert line.opened == 1
    timed.page.clock.fast_forward(8_500)
    line.until(lambda: (timed.page.clock.fast_forward(500), line.opened == 2)[1])
    timed.ended("complete")
    expect(timed.answer).to_contain_text("I am still here.")


def test_a_line_that_answers_is_kept(timed: Chat, line: Line) -> None:
    for number in range(1, 5):
        timed.page.clock.fast_forward(20_500)
        line.until(partial(was_answered, line, number))
        timed.page.clock.fast_forward(9_000)
        timed.page.wait_for_timeout(200)
    assert line.opened == 1


def was_answered(line: Line, times: int) -> bool:
    """So often at least: the page's clock goes on by itself, too, and on a busy machine may have brought a ping of its own."""
    return len(line.commands("ping")) == line.heard("pong") >= times


def test_leaving_a_conversation_costs_no_connection(timed: Chat, line: Line) -> None:
    timed.ask("Something")
    expect(timed.row(TITLE)).to_be_visible()  # what comes later puts the ping off
    timed.page.get_by_role("link", name="New chat").first.click()
    line.until(lambda: bool(line.commands("unwatch")))  # which the server doesn't answer
    before = len(line.commands("ping"))
    timed.page.clock.fast_forward(6_000)
    line.until(partial(was_answered, line, before + 1))
    timed.page.clock.fast_forward(12_000)
    timed.page.wait_for_timeout(200)
    timed.page.clock.fast_forward(1_000)
    timed.page.wait_for_timeout(200)
    assert line.opened == 1


def test_nobody_asks_while_nobody_looks_and_nothing_runs(timed: Chat, line: Line) -> None:
    timed.page.evaluate(HIDE)
    for _ in range(4):
        timed.page.clock.fast_forward(20_500)
    assert line.commands("ping") == []
    line.go_dead()
    timed.page.evaluate(SHOW)
    line.until(lambda: len(line.commands("ping")) == 1)
    timed.page.clock.fast_forward(3_200)
    line.until(lambda: (timed.page.clock.fast_forward(500), line.opened == 2)[1])


def test_a_network_that_is_back_is_tried_at_once(timed: Chat, line: Line) -> None:
    line.cut()
    expect(timed.page.locator("#connection")).to_be_visible()
    for _ in range(6):
        timed.page.clock.fast_forward(30_000)
    line.up = True
    timed.page.evaluate("dispatchEvent(new Event('online'))")
    line.until(lambda: line.opened == 2)
    expect(timed.page.locator("#connection")).to_be_hidden()


def test_so_it_is_where_the_way_past_blocked_websockets_could_not_be_loaded(chat: Chat) -> None:
    page = chat.page
    page.route("**/live/fallback*", lambda route: route.abort())
    page.evaluate(NO_SERVER)
    with page.expect_event("requestfailed", lambda request: "live/fallback" in request.url):
        page.evaluate("dispatchEvent(new Event('offline'))")
        expect(page.locator("#connection")).to_be_visible()
    page.evaluate("haveServer(), dispatchEvent(new Event('online'))")
    expect(page.locator("#connection")).to_be_hidden(timeout=5_000)  # half as long as an attempt may take
    chat.ask("Are you there?")


def test_stop_is_said_again_when_nobody_heard_it(timed: Chat, line: Line, provider: Provider) -> None:
    gate, hold = provider.gate()
    provider.says("Run away", "Running", hold)
    timed.send("Run away")
    expect(timed.answer).to_contain_text("Running")
    line.go_dead()
    timed.stop_button.click()
    line.cut()
    line.up = True
    line.until(lambda: (timed.page.clock.fast_forward(500), line.opened == 2)[1])
    timed.ended("stopped")
    gate.open()


def test_the_sidebar_is_right_after_the_connection_was_away(chat: Chat, line: Line, provider: Provider) -> None:
    titles = iter(["Kept", "Renamed", "Deleted", "Running"])
    for question in ("First", "Second", "Third"):
        provider.title = next(titles)
        chat.ask(question)
        expect(chat.row(provider.title)).to_be_visible()
        chat.page.get_by_role("link", name="New chat").first.click()
    provider.title = next(titles)
    gate, hold = provider.gate()
    provider.says("Fourth", "Going on", hold)
    chat.send("Fourth")
    expect(chat.answer).to_contain_text("Going on")
    chat.page.get_by_role("link", name="New chat").first.click()
    expect(chat.sidebar.locator("[data-live]")).to_have_count(1)

    line.cut()
    other = Chat(chat.page.context.new_page()).open()
    rename(other, "Renamed", "Another name")
    remove(other, "Deleted")
    other.ask("Fifth")
    gate.open()
    expect(other.sidebar.locator("[data-live]")).to_have_count(0)
    expect(chat.sidebar.locator("[data-live]")).to_have_count(1)
    line.up = True
    chat.page.evaluate("dispatchEvent(new Event('online'))")
    for page in (chat, other):
        for title in ("Kept", "Another name"):
            expect(page.row(title)).to_have_count(1)
        expect(page.row("Running")).to_have_count(2)
        expect(page.sidebar.get_by_role("listitem")).to_have_count(4)
        expect(page.sidebar.locator("[data-live]")).to_have_count(0)


def test_a_conversation_that_is_gone_when_the_connection_is_back(chat: Chat, line: Line, provider: Provider) -> None:
    chat.ask("Short-lived")
    expect(chat.row(TITLE)).to_be_visible()
    line.cut()
    remove(Chat(chat.page.context.new_page()).open(), TITLE)
    line.up = True
    chat.page.evaluate("dispatchEvent(new Event('online'))")
    expect(chat.page.get_by_role("heading", name="What are we working on?")).to_be_visible()
    expect(chat.page.get_by_role("alert")).to_contain_text("That conversation was deleted.")
    expect(chat.row(TITLE)).to_have_count(0)


def test_a_second_welcome_on_a_living_line_doubles_nothing(chat: Chat, line: Line, provider: Provider) -> None:
    gate, hold = provider.gate()
    provider.says("Once", "One", hold, " and done.")
    person = chat.page.evaluate("JSON.parse(document.getElementById('page').textContent).user.id")
    line.hold()
    chat.send("Once")
    for _ in range(3):  # before the server has answered, so that the page says it again
        line.tell({"type": "ready", "user": person, "version": "1"})
    line.until(lambda: len(line.commands("send")) > 1)
    line.let_go()
    expect(chat.answer).to_contain_text("One")
    line.tell({"type": "ready", "user": person, "version": "1"})
    line.until(lambda: bool(line.commands("watch")))
    gate.open()
    chat.ended("complete")
    line.tell({"type": "ready", "user": person, "version": "1"})
    chat.page.wait_for_timeout(200)
    expect(chat.answer.locator(".text")).to_have_text("One and done.")
    expect(chat.questions).to_have_count(1)
    expect(chat.answers).to_have_count(1)
    expect(chat.sidebar.get_by_role("listitem")).to_have_count(1)
    assert provider.asked("Once") == 1
    assert line.opened == 1


def test_another_person_s_session_starts_a_page_of_its_own(chat: Chat, line: Line) -> None:
    chat.composer.fill("Not for anybody else")
    with chat.page.expect_navigation():
        line.tell({"type": "ready", "user": "somebody-else", "version": "1"})


def rename(chat: Chat, title: str, fresh: str) -> None:
    menu(chat, title, "Rename")
    field = chat.page.get_by_role("textbox", name="Title")
    field.fill(fresh)
    field.press("Enter")
    expect(chat.row(fresh)).to_be_visible()


def remove(chat: Chat, title: str) -> None:
    menu(chat, title, "Delete")
    chat.page.get_by_role("dialog").get_by_role("button", name="Delete").click()
    expect(chat.row(title)).to_have_count(0)


def menu(chat: Chat, title: str, item: str) -> None:
    chat.row(title).hover()
    chat.page.get_by_role("button", name=f"More for {title}").click()
    chat.page.get_by_role("menuitem", name=item).click()
