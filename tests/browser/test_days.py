"""The sidebar's headings of days move on while the page stays open, and hold in every time zone, also where a day has 23 or 25 hours."""

from __future__ import annotations

from collections.abc import Callable

from playwright.sync_api import BrowserContext, expect

from .chat import Chat
from .line import Line

DAY_MS = 24 * 3_600_000
HEADING = """async ([updated, now]) => {
  const { dayHeading } = await import("sidebar/days");
  return dayHeading(updated, new Date(now));
}"""
HOURS = """async (now) => {
  const { untilTomorrow } = await import("sidebar/days");
  return untilTomorrow(new Date(now)) / 3_600_000;
}"""


def test_today_becomes_yesterday_in_a_page_that_stays_open(open_context: Callable[..., BrowserContext], key: str) -> None:
    page = open_context(key, clock=True).new_page()
    chat = Chat(page)
    line = Line(chat)
    chat.open().ask("Anything")
    heading = chat.sidebar.get_by_role("heading")
    expect(heading).to_have_text("Today")
    line.cut()  # a page that reconnects asks for the list again
    page.clock.fast_forward(DAY_MS)
    expect(heading).to_have_text("Yesterday")
    page.clock.fast_forward(3 * DAY_MS)
    expect(heading).to_have_text("Previous 7 days")


def test_days_are_those_of_the_time_zone_of_the_page(open_context: Callable[..., BrowserContext], key: str) -> None:
    page = Chat(open_context(key, timezone_id="America/New_York").new_page()).open().page
    for updated, now, heading in [
        ("2026-03-08T04:30:00Z", "2026-03-08T05:30:00Z", "Yesterday"),  # half past eleven, and half an hour after midnight
        ("2026-03-08T05:00:00Z", "2026-03-09T03:59:00Z", "Today"),  # a day of 23 hours
        ("2026-03-08T05:00:00Z", "2026-03-09T04:00:00Z", "Yesterday"),
        ("2026-11-01T04:00:00Z", "2026-11-02T04:59:00Z", "Today"),  # one of 25
        ("2026-11-01T04:00:00Z", "2026-11-02T05:00:00Z", "Yesterday"),
        ("2026-12-31T12:00:00Z", "2027-01-31T12:00:00Z", "December 2026"),
    ]:
        assert page.evaluate(HEADING, [updated, now]) == heading, updated
    assert page.evaluate(HOURS, "2026-03-08T05:00:00Z") == 23
    assert page.evaluate(HOURS, "2026-11-01T04:00:00Z") == 25
    assert page.evaluate(HOURS, "2026-11-26T17:30:00Z") == 11.5
