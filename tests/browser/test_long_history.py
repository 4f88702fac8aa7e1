"""Hundreds of messages and conversations: the end is shown at once, the rest is loaded by scrolling."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import BrowserContext, expect

from tests.support.held_requests import HeldRequests
from tests.support.serving import Served

from .chat import Chat

MESSAGES = 400
PORTION = 40
"""As many come at once."""
MAKE = """
import datetime
from django.contrib.sessions.models import Session
from django.utils import timezone
from conversations.models import Conversation, Message, User
owner = User.objects.get(pk=Session.objects.get(pk={key!r}).get_decoded()["_auth_user_id"])
now = timezone.now()
conversation = Conversation.objects.create(owner=owner, title="A long talk", updated=now)
code = chr(10) + chr(10) + "```python" + chr(10) + "def f(x):" + (chr(10) + "    return x + 1") * 9 + chr(10) + "```" + chr(10) + chr(10)
parts = ["and more words. " * 30, code, "- one" + chr(10) + "- two $a^2$" + chr(10) + "- three", chr(10) + chr(10) + "$$x = y^{{z^2}}$$" + chr(10)]
made, parent = [], None
for number in range({messages}):
    text = f"Message {{number}} " + ("".join(parts[: 1 + number % 5]) if number % 2 else "and a few words. " * (number % 9))
    message = Message(conversation=conversation, owner=owner, parent=parent, role="assistant" if number % 2 else "user")
    message.parts = [{{"type": "text", "text": text}}]
    made.append(message)
    parent = message
Message.objects.bulk_create(made)
conversation.leaf = parent
conversation.save()
for number in range(120):
    updated = now - datetime.timedelta(days=number // 4, minutes=number + 1)
    Conversation.objects.create(owner=owner, title=f"Talk {{number}}", updated=updated)
print("MADE", conversation.pk, made[{portion}].pk, now.isoformat())
"""
# Measured when a frame is about to be drawn: what grew above since the last one is made up for by then.
UNDER_THE_READER = """() => new Promise((resolve) => {
  const observer = new ResizeObserver(() => {
    observer.disconnect();
    const edge = document.querySelector(".main > .scroll").getBoundingClientRect().top + 40;
    const under = [...document.querySelectorAll("[data-message]")].find((one) => one.getBoundingClientRect().bottom > edge);
    const blocks = [...under.querySelectorAll(".text > *")];
    window.reading = blocks.find((one) => one.getBoundingClientRect().bottom > edge) ?? under;
    resolve(window.reading.getBoundingClientRect().top);
  });
  observer.observe(document.body);
})"""
# A browser corrects for what grows above only when it draws the next frame; a script that looks in between sees what no user sees.
IN_PLACE = "(before) => window.reading.isConnected && Math.abs(window.reading.getBoundingClientRect().top - before) <= 1"
# As it seems to the page: each message takes longer to draw than the page allows itself in a frame.
SLOW = "performance.now = ((now) => () => 8 * now())(performance.now.bind(performance));"
SETTLED = "() => new Promise((resolve) => setTimeout(() => requestAnimationFrame(() => requestAnimationFrame(resolve)), 400))"
NEXT_FRAMES = """() => new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(
  () => resolve(document.querySelector(".main > .scroll").scrollTop))))"""
MOVE_AND_GROW = """(screens) => {
  const scroller = document.querySelector(".main > .scroll");
  const by = Math.round(screens * scroller.clientHeight);
  scroller.scrollTop -= by;
  const first = document.querySelector("[data-message]");
  first.style.paddingTop = `${parseFloat(getComputedStyle(first).paddingTop) + 300}px`;
  return by;
}"""
SCROLL_TO = """(top) => new Promise((resolve) => {
  document.querySelector(".main > .scroll").scrollTop = top;
  requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(resolve)));
})"""

AT_THE_TOP_UNTIL = """(enough) => {
  if (document.querySelectorAll("[data-message]").length >= enough) return true;
  document.querySelector(".main > .scroll").scrollTop = 0;
  return false;
}"""


@pytest.fixture
def motion() -> str:
    return "no-preference"


@pytest.fixture(scope="module")
def reader(session_keys: Iterator[str]) -> str:
    """The key of their session."""
    return next(session_keys)


@pytest.fixture(scope="module")
def made(site: Served, reader: str) -> tuple[str, str, str]:
    """The long conversation's id, that of the message before which its first portion is, and when it was last used."""
    printed = site.run(MAKE.format(key=reader, messages=MESSAGES, portion=PORTION))
    conversation, after_first_portion, at = printed.split("MADE")[1].split()
    return conversation, after_first_portion, at


@pytest.fixture(scope="module")
def address(made: tuple[str, str, str]) -> str:
    return f"/c/{made[0]}/"


@pytest.fixture
def long_talk(open_context: Callable[..., BrowserContext], address: str, reader: str) -> Chat:
    return Chat(open_context(reader).new_page()).open(address)


def test_older_messages_come_without_moving_what_is_read_until_all_can_be_searched(long_talk: Chat, made: tuple[str, str, str]) -> None:
    page = long_talk.page
    first_portion = f"**/messages/?before={made[1]}"
    held = HeldRequests(page, first_portion)
    expect(long_talk.answer).to_contain_text(f"Message {MESSAGES - 1}")
    expect(long_talk.answer).to_be_in_viewport()
    shown = page.locator("[data-message]")
    expect(shown).to_have_count(40)
    page.evaluate(SETTLED)

    def comes_in_place(top: int, count: int, release: Callable[[], object] = lambda: None) -> None:
        page.evaluate(SCROLL_TO, top)
        before = page.evaluate(UNDER_THE_READER)
        release()
        expect(shown).to_have_count(count)
        for _ in range(3):
            page.wait_for_function(IN_PLACE, arg=before)
            page.evaluate(SETTLED)

    for top, counts in ((500, (80, 120)), (120, (160, 200)), (0, (240, 280))):
        for count in counts:
            comes_in_place(top, count)
        page.get_by_role("button", name="Scroll to bottom").click()
        expect(long_talk.answer).to_be_in_viewport()
    page.wait_for_function(AT_THE_TOP_UNTIL, arg=MESSAGES - PORTION)  # one portion after the other, as quickly as they come
    page.evaluate(SCROLL_TO, 0)
    first = held.next()  # who is at the top while a portion is drawn has the page ask for the next at once
    expect(shown).to_have_count(MESSAGES - PORTION)
    page.evaluate(SETTLED)
    comes_in_place(0, MESSAGES, first.continue_)
    expect(shown.first).to_contain_text("Message 0")

    page.get_by_role("button", name="Scroll to bottom").click()
    expect(long_talk.answer).to_be_in_viewport()
    page.evaluate("getSelection().removeAllRanges()")
    assert page.evaluate("find('Message 31 ', true, true)")  # case matters, backwards
    page.evaluate("getSelection().anchorNode.parentElement.scrollIntoView({ block: 'center' })")  # as the browser's own search does
    expect(shown.nth(31)).to_be_in_viewport()
    page.evaluate(SETTLED)
    expect(shown.nth(31)).to_be_in_viewport()


def test_a_slow_computer_asks_for_nothing_above_while_it_draws(
    open_context: Callable[..., BrowserContext], address: str, reader: str
) -> None:
    page = open_context(reader, reduced_motion="reduce").new_page()
    page.add_init_script(SLOW)
    long_talk = Chat(page).open(address)
    expect(long_talk.answer).to_be_in_viewport()
    page.evaluate(SETTLED)
    expect(page.locator("[data-message]")).to_have_count(40)


def test_the_wheel_goes_up_evenly_through_what_is_loaded_meanwhile(long_talk: Chat) -> None:
    """What is read ends up where the wheel has taken it, and nowhere else."""
    page = long_talk.page
    expect(long_talk.answer).to_be_in_viewport()
    expect(page.locator("[data-message]")).to_have_count(PORTION)  # they are drawn one after the other
    page.evaluate(SETTLED)
    page.mouse.move(640, 400)
    for _ in range(60):
        # Near the top the wheel scrolls only as far as there was something above in the last frame, and more may come while it turns.
        room = page.evaluate(NEXT_FRAMES)
        before = page.evaluate(UNDER_THE_READER)
        page.mouse.wheel(0, -700)
        # A busy machine takes its time until the wheel has its effect.
        page.wait_for_function(
            """([before, least]) => {
                const moved = window.reading.getBoundingClientRect().top - before;
                return moved >= least - 1 && moved <= 701;
            }""",
            arg=[before, min(700, room)],
        )
    assert page.locator("[data-message]").count() > 100


def test_what_grows_above_in_the_moment_of_a_move_adds_nothing_to_it(long_talk: Chat) -> None:
    """A wheel that is turned quickly takes the reader farther than a screen before the page hears of it."""
    page = long_talk.page
    expect(long_talk.answer).to_be_in_viewport()
    expect(page.locator("[data-message]")).to_have_count(PORTION)  # they are drawn one after the other
    page.evaluate(SETTLED)
    page.evaluate(SCROLL_TO, 120)
    expect(page.locator("[data-message]")).to_have_count(80)
    for screens in (0.5, 1.5):
        page.evaluate(NEXT_FRAMES)
        before = page.evaluate(UNDER_THE_READER)
        by = page.evaluate(MOVE_AND_GROW, screens)
        page.wait_for_function(IN_PLACE, arg=before + by)
        page.evaluate(NEXT_FRAMES)
        assert page.evaluate(IN_PLACE, before + by), screens


def test_older_conversations_come_as_the_list_is_scrolled(
    open_context: Callable[..., BrowserContext], made: tuple[str, str, str], reader: str
) -> None:
    context = open_context(reader, clock=True, reduced_motion="reduce")
    context.clock.set_fixed_time(made[2])  # midnight may have passed since
    long_talk = Chat(context.new_page()).open(f"/c/{made[0]}/")
    rows = long_talk.sidebar.get_by_role("listitem")
    expect(rows).to_have_count(50)
    expect(long_talk.sidebar.get_by_role("heading", name="Today")).to_be_visible()
    expect(long_talk.sidebar.get_by_role("heading", name="Previous 7 days")).to_be_visible()
    for count in (100, 121):
        long_talk.page.evaluate("() => { const list = document.querySelector('.sidebar .list'); list.scrollTop = list.scrollHeight; }")
        expect(rows).to_have_count(count)
    expect(long_talk.row("Talk 119")).to_have_count(1)
