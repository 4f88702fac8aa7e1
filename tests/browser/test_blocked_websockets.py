"""Behind a proxy that blocks WebSockets the chat works all the same, says so, and goes back to them once it may."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from playwright.sync_api import BrowserContext, Page, Request, Route, expect

from tests.support.proxy import nginx
from tests.support.serving import Served

from .chat import Chat, until
from .provider import TITLE, Provider
from .test_dead_connection import HIDE, SHOW

pytestmark = pytest.mark.skipif(shutil.which("nginx") is None, reason="needs nginx, which `make test` installs")

LATER = 11 * 60_000


@pytest.fixture(scope="module")
def blocked() -> Iterator[Path]:
    """WebSockets are blocked for as long as this file exists."""
    with TemporaryDirectory() as folder:
        Path(folder).chmod(0o755)  # nginx gives up root
        yield Path(folder) / "blocked"


@pytest.fixture(scope="module")
def proxy(site: Served, blocked: Path) -> Iterator[str]:
    """The address of a proxy in front of the site."""
    with nginx([site.port, site.port], no_websockets_while=blocked) as address:
        yield address


@pytest.fixture
def behind(open_context: Callable[..., BrowserContext], key: str, proxy: str, blocked: Path) -> BrowserContext:
    blocked.touch()
    return open_context(key, base_url=proxy, clock=True)


class Streams:
    """The event streams that a page asks for from now on, and those that it has not let go of."""

    def __init__(self, page: Page) -> None:
        self.asked = 0
        self.open: set[Request] = set()
        page.on("request", lambda request: self._ask(request) if "/events/" in request.url else None)
        page.on("requestfailed", self._forget)
        page.on("requestfinished", self._forget)

    def _forget(self, request: Request) -> None:
        self.open.discard(request)

    def _ask(self, request: Request) -> None:
        self.asked += 1
        self.open.add(request)


def test_a_whole_conversation(behind: BrowserContext, provider: Provider) -> None:
    chat = Chat(behind.new_page()).open()
    expect(chat.page.locator("#slower")).to_contain_text("blocks WebSockets")
    expect(chat.page.locator("#connection")).to_be_hidden()
    gates = [provider.gate() for _ in range(3)]
    provider.says("Count", "One", gates[0][1], ", two", gates[1][1], ", three", gates[2][1], " and four.")
    chat.send("Count")
    expect(chat.answer).to_contain_text("One")
    gates[0][0].open()
    expect(chat.answer).to_contain_text("One, two")

    chat.page.reload()
    expect(chat.answer).to_contain_text("One, two")
    second = Chat(behind.new_page()).open(chat.page.url)
    for tab in (chat, second):
        expect(tab.answer).to_contain_text("One, two")
        expect(tab.stop_button).to_be_visible()
    gates[1][0].open()
    for tab in (chat, second):
        expect(tab.answer).to_contain_text("One, two, three")
    gates[2][0].open()
    for tab in (chat, second):
        tab.ended("complete")
        expect(tab.answer.get_by_role("paragraph")).to_have_text("One, two, three and four.")
        expect(tab.row(TITLE)).to_be_visible()

    _, forever = provider.gate()
    provider.says("Go on", "Endless", forever)
    second.send("Go on")
    for tab in (chat, second):
        expect(tab.answer).to_contain_text("Endless")
    chat.stop_button.click()
    for tab in (chat, second):
        tab.ended("stopped")
        expect(tab.questions).to_have_count(2)
    assert provider.asked("Count") == provider.asked("Go on") == 1


def test_websockets_come_back(behind: BrowserContext, blocked: Path, provider: Provider) -> None:
    page = behind.new_page()
    chat = Chat(page).open()
    expect(page.locator("#slower")).to_be_visible()
    refused: list[str] = []
    page.on("websocket", lambda socket: socket.on("close", lambda socket: refused.append(socket.url)))
    page.clock.fast_forward(LATER)
    until(lambda: (page.wait_for_timeout(20), bool(refused))[1])  # from then on it counts when it tries again
    expect(page.locator("#slower")).to_be_visible()
    blocked.unlink()
    page.clock.fast_forward(LATER)
    expect(page.locator("#slower")).to_be_hidden()
    streams = Streams(page)
    provider.says("Faster?", "Yes.")
    expect(chat.ask("Faster?")).to_contain_text("Yes.")
    page.reload()
    expect(chat.answer).to_contain_text("Yes.")
    provider.says("And after a reload?", "As well.")
    expect(chat.ask("And after a reload?")).to_contain_text("As well.")
    assert streams.asked == 0


def test_a_closed_notice_stays_closed(behind: BrowserContext) -> None:
    chat = Chat(behind.new_page()).open()
    notice = chat.page.locator("#slower")
    notice.get_by_role("button", name="Close").click()
    expect(notice).to_be_hidden()
    streams = Streams(chat.page)
    chat.page.reload()
    chat.ask("Anything")
    assert streams.asked
    expect(notice).to_be_hidden()


def test_a_hidden_tab_holds_no_connection_and_catches_up(behind: BrowserContext, provider: Provider) -> None:
    """Over HTTP/1.1 a browser has six connections to a site, which six tabs would take."""
    page = behind.new_page()
    streams = Streams(page)
    chat = Chat(page).open()
    expect(page.locator("#slower")).to_be_visible()
    gate, hold = provider.gate()
    provider.says("Meanwhile", "Half", hold, " and whole.")
    chat.send("Meanwhile")
    expect(chat.answer).to_contain_text("Half")
    page.clock.fast_forward(6_000)
    assert streams.open
    page.evaluate(HIDE)
    page.clock.fast_forward(6_000)
    until(lambda: (page.wait_for_timeout(20), not streams.open)[1])
    gate.open()
    page.clock.fast_forward(40_000)
    page.evaluate(SHOW)
    chat.ended("complete")
    expect(chat.answer.get_by_role("paragraph")).to_have_text("Half and whole.")


def test_a_tab_that_is_opened_hidden_holds_none_either(behind: BrowserContext) -> None:
    page = behind.new_page()
    page.add_init_script(f"({HIDE})()")
    streams = Streams(page)
    Chat(page).open()
    expect(page.locator("#slower")).to_be_visible()
    assert streams.asked  # it may have been let go of already
    page.clock.fast_forward(6_000)
    until(lambda: (page.wait_for_timeout(20), not streams.open)[1])


def test_a_second_stream_that_is_refused_for_now_leaves_the_first(behind: BrowserContext, provider: Provider) -> None:
    page = behind.new_page()
    chat = Chat(page).open()
    expect(page.locator("#slower")).to_be_visible()
    refused: list[str] = []

    def refuse(route: Route) -> None:
        refused.append(route.request.url)
        route.fulfill(content_type="text/event-stream", body="event: close\ndata: 4429\n\n")

    page.route("**/events/?watch=*", refuse, times=1)
    asked: list[str] = []
    over: list[str] = []
    page.on("requestfailed", lambda request: over.append(request.url))
    page.on("requestfinished", lambda request: over.append(request.url))
    page.on("request", lambda request: asked.append(request.url) if "/events/" in request.url else None)
    provider.says("Patience", "Rewarded.")
    chat.send("Patience")
    # Time that passes before the page knows of it would have a ping of its own asked for, and not answered.
    until(lambda: (page.wait_for_timeout(20), bool({*refused} & {*over}))[1])
    until(lambda: (page.wait_for_timeout(20), page.clock.fast_forward(500), len(asked) > 1)[2])
    expect(chat.answer).to_contain_text("Rewarded.")
    assert set(asked) == set(refused), "The first stream was given up."
