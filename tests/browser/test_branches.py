"""Several versions of a message: switching by keyboard, mouse and touch, and deleting one with everything below it."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import APIResponse, BrowserContext, Locator, Page, Request, Route, expect

from tests.support.held_requests import HeldRequests
from tests.support.serving import Served
from tests.support.tab import Tab

from .chat import Chat
from .provider import Provider
from .test_reading_place import TWO_FRAMES

MISSED = re.compile(r"/messages/\?count=\d+&shown=")
TURNED_WHILE_OLDER_ONES_ARE_FETCHED = """async () => {
  const { Excerpts } = await import("conversation/excerpts");
  const { ConversationState } = await import("conversation/state");
  const excerpt = (id, older) => ({ messages: [{ id, role: "user", status: "complete", parts: [], siblings: [id], end: 0 }], older });
  const state = new ConversationState("conversation", excerpt("old words", true));
  const excerpts = new Excerpts(() => state, () => {}, { onbranch() {}, onolder() {} });
  const { fetch } = window;
  let answer;
  window.fetch = () => new Promise((then) => (answer = then));
  const asked = excerpts.older();
  excerpts.turn(state, excerpt("new words", false));
  answer(new Response(JSON.stringify(excerpt("above the old words", false)), { headers: { "content-type": "application/json" } }));
  await asked;
  window.fetch = fetch;
  return state.path.map(({ id }) => id);
}"""


@pytest.fixture
def branched(shared_chat: Chat, site: Served, shared_key: str, provider: Provider) -> Chat:
    """Two versions of the first question; the later one has three answers and continues after the third."""
    with Tab(shared_key, site.address) as tab:
        last = tab.send("Old words")
        tab.until_ended(last["reply"])
        last = tab.accepted("edit", message=last["message"], text="New words")
        tab.until_ended(last["reply"])
        for number in (2, 3):
            provider.says("New words", f"Answer {number}")
            last = tab.accepted("regenerate", message=last["reply"])
            tab.until_ended(last["reply"])
        last = tab.send("Going on", last["conversation"])
        tab.until_ended(last["reply"])
    chat = shared_chat
    chat.sidebar.locator(f"a[href$='/c/{last['conversation']}/']").click()
    expect(chat.answers.first).to_contain_text("3 / 3")
    expect(chat.question).to_contain_text("Going on")
    return chat


def delete(chat: Chat, message: Locator, what: str) -> Locator:
    chat.act(message, f"Delete this {what}")
    return chat.page.get_by_role("dialog", name=f"Delete this {what}?")


def test_arrow_keys_turn_while_the_focus_is_in_the_switch(branched: Chat) -> None:
    first = branched.questions.first
    first.get_by_role("button", name="Previous version").focus()
    branched.page.keyboard.press("ArrowLeft")
    expect(first).to_contain_text("1 / 2")
    expect(first).to_contain_text("Old words")
    expect(first.get_by_role("button", name="Next version")).to_be_focused()
    branched.page.keyboard.press("ArrowLeft")
    branched.page.keyboard.press("ArrowRight")
    expect(first).to_contain_text("2 / 2")
    expect(branched.question).to_contain_text("Going on")
    expect(first.get_by_role("button", name="Previous version")).to_be_focused()
    branched.page.keyboard.press("Enter")
    expect(first).to_contain_text("1 / 2")


def test_who_goes_on_to_write_meanwhile_keeps_the_focus_there(branched: Chat) -> None:
    held = HeldRequests(branched.page, "**/leaf/")
    first = branched.questions.first
    first.get_by_role("button", name="Previous version").focus()
    branched.page.keyboard.press("ArrowLeft")
    turning = held.next()
    branched.composer.focus()
    turning.continue_()
    expect(first).to_contain_text("1 / 2")
    branched.page.evaluate(TWO_FRAMES)
    expect(branched.composer).to_be_focused()


def test_a_finger_finds_the_switch_without_hovering(branched: Chat, open_context: Callable[..., BrowserContext], shared_key: str) -> None:
    phone = open_context(shared_key, viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True)
    chat = Chat(phone.new_page()).open(branched.page.url)
    first = chat.questions.first
    for name in ("Previous version", "Next version", "Delete this version"):
        box = first.get_by_role("button", name=name).bounding_box()
        assert box is not None
        assert min(box["width"], box["height"]) >= 40
    assert first.locator(".actions").evaluate("(row) => getComputedStyle(row).opacity") == "1"
    assert chat.page.evaluate("document.documentElement.scrollWidth") <= 390
    first.get_by_role("button", name="Previous version").tap()
    expect(first).to_contain_text("Old words")


def test_the_chosen_branch_is_remembered(branched: Chat) -> None:
    first = branched.questions.first
    branched.act(first, "Previous version")
    expect(first).to_contain_text("Old words")
    second = Chat(branched.page.context.new_page()).open(branched.page.url)
    branched.page.reload()
    for chat in (branched, second):
        expect(chat.questions).to_have_count(1)
        expect(chat.question).to_contain_text("Old words")


def test_deleting_asks_first_and_says_how_much_goes(branched: Chat) -> None:
    dialog = delete(branched, branched.questions.first, "version")
    # Two other answers are not shown, but deleted as well.
    expect(dialog).to_contain_text("This version and the 5 messages after it will be deleted. This can’t be undone.")
    branched.page.keyboard.press("Escape")
    expect(dialog).to_have_count(0)
    expect(branched.questions.first.get_by_role("button", name="Delete this version")).to_be_focused()
    expect(branched.questions.first).to_contain_text("2 / 2")


def test_a_deleted_branch_gives_way_to_its_neighbour_in_every_tab(branched: Chat) -> None:
    beside = Chat(branched.page.context.new_page()).open(branched.page.url)
    expect(beside.questions).to_have_count(2)
    delete(branched, branched.questions.first, "version").get_by_role("button", name="Delete", exact=True).click()
    for chat in (branched, beside):
        expect(chat.questions).to_have_count(1)
        expect(chat.question).to_contain_text("Old words")
        expect(chat.question).not_to_contain_text("1 / ")
        expect(chat.question.get_by_role("button", name="Delete this version")).to_have_count(0)
        expect(chat.answer).to_contain_text("You said: Old words")
    branched.page.reload()
    expect(branched.question).to_contain_text("Old words")


def test_who_shows_another_branch_stays_there(branched: Chat) -> None:
    beside = Chat(branched.page.context.new_page()).open(branched.page.url)
    expect(beside.answers.first).to_contain_text("3 / 3")
    branched.act(branched.answers.first, "Previous answer")
    expect(branched.answer).to_contain_text("2 / 3")
    dialog = delete(branched, branched.answer, "answer")
    expect(dialog).to_contain_text("This answer will be deleted.")
    dialog.get_by_role("button", name="Delete", exact=True).click()
    expect(branched.answer).to_contain_text("1 / 2")
    expect(beside.answers.first).to_contain_text("2 / 2")
    expect(beside.question).to_contain_text("Going on")


def test_what_was_missed_does_not_turn_back_to_another_branch(branched: Chat) -> None:
    page, late = branched.page, list[tuple[Route, APIResponse]]()

    def hold_first(route: Route) -> None:
        if late:
            route.continue_()
        else:
            late.append((route, route.fetch()))

    page.route(MISSED, hold_first)  # not once only: Playwright hears nothing of a request that begins while the last route is taken away
    page.context.set_offline(True)
    expect(page.locator("#connection")).to_contain_text("You are offline")
    with page.expect_request(MISSED):
        page.context.set_offline(False)
    branched.act(branched.questions.first, "Previous version")
    expect(branched.question).to_contain_text("Old words")
    while not late:
        page.wait_for_timeout(20)  # Playwright works only while it is called
    [(route, response)] = late
    finished: list[str] = []

    def is_second(request: Request) -> bool:
        finished.extend([request.url] if MISSED.search(request.url) else [])
        return len(finished) == 2

    with page.expect_request_finished(is_second):  # that of the branch that is shown by now
        route.fulfill(response=response)
    expect(branched.question).to_contain_text("Old words")


def test_older_messages_of_another_branch_are_not_put_above_it(modules: Page) -> None:
    assert modules.evaluate(TURNED_WHILE_OLDER_ONES_ARE_FETCHED) == ["new words"]


def test_deleting_a_branch_stops_what_runs_in_it(branched: Chat, provider: Provider) -> None:
    gate, hold = provider.gate()
    provider.says("Without end", "On and ", hold, "on")
    branched.send("Without end")
    expect(branched.answer).to_contain_text("On and")
    expect(branched.sidebar.locator("[data-live]")).to_have_count(1)
    delete(branched, branched.questions.first, "version").get_by_role("button", name="Delete", exact=True).click()
    expect(branched.question).to_contain_text("Old words")
    expect(branched.sidebar.locator("[data-live]")).to_have_count(0)
    expect(branched.page.get_by_role("button", name="Send", exact=True)).to_be_visible()
    gate.open()
    branched.page.reload()
    expect(branched.questions).to_have_count(1)
