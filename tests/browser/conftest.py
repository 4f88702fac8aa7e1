"""Chromium against a running server, with a scripted provider behind it. Whatever a test does, no page may violate its policy."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, Page

from tests.support import chromium
from tests.support.running_chromium import running_chromium
from tests.support.scripted_openai import ScriptedOpenAI
from tests.support.served_people import make_admin
from tests.support.serving import Served, Serving
from tests.support.template import session_key

from .chat import Chat
from .kept_contexts import KeptContexts
from .line import Line
from .provider import Provider
from .shared_chat import SharedChat
from .watched_contexts import WATCH_POLICY, WatchedContexts


@pytest.fixture(scope="package")
def provider() -> Iterator[Provider]:
    with ScriptedOpenAI.in_thread() as server:
        yield Provider(server)


@pytest.fixture(autouse=True)
def _forget_answers(provider: Provider, request: pytest.FixtureRequest) -> Iterator[None]:
    failed = request.session.testsfailed
    yield
    provider.forget()
    if "site" not in request.fixturenames:
        return
    site: Served = request.getfixturevalue("site")
    sys.stdout.write(site.end_of_output)  # shown where the test fails, also with what its end finds
    if request.session.testsfailed > failed:
        for job in site.rows("SELECT kind, state, attempts, done, total FROM conversations_job WHERE state IN ('waiting', 'running')"):
            sys.stdout.write(f"A job that is not over: {job}\n")


@pytest.fixture(scope="package")
def site(provider: Provider) -> Iterator[Served]:
    serving = Serving(program=("-m", "tests.support.forgiving_serve"))
    yield serving(
        provider.server.base_url,
        SITE_NAME="Parlour",
        OPENAI_API="chat_completions",
        TRANSCRIPTION_MODEL="scripted-ears",
        SPEECH_MODEL="scripted-voice",
    )
    serving.end()


@pytest.fixture(scope="package")
def session_keys() -> Iterator[str]:
    """Signed-in sessions, each of a person of their own."""
    return (session_key(f"person{number}") for number in range(1, 120))


@pytest.fixture(scope="package")
def admin_key(site: Served) -> str:
    return make_admin(site, "person0")


@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    # For this package only: while Playwright runs, its event loop counts as running in this thread.
    if chromium.path() is None:
        pytest.skip("There is no Chromium on this machine.")
    with running_chromium() as started:
        yield started


@pytest.fixture(scope="package")
def kept_contexts(browser: Browser) -> KeptContexts:
    return KeptContexts(browser, WATCH_POLICY)


@pytest.fixture
def motion() -> str:
    """Drawing what moves takes a tenth of what a test costs. Modules in which it matters override this."""
    return "reduce"


@pytest.fixture
def watched_contexts(
    browser: Browser, site: Served, kept_contexts: KeptContexts, admin_key: str, motion: str
) -> Callable[[], WatchedContexts]:
    return lambda: WatchedContexts(browser, kept_contexts, site.address, motion)


@pytest.fixture
def open_context(watched_contexts: Callable[[], WatchedContexts]) -> Iterator[Callable[..., BrowserContext]]:
    """A browser: `open_context(key)` signed in, `open_context(None)` not. Its pages are checked when the test ends."""
    contexts = watched_contexts()
    yield contexts.open
    trouble = contexts.trouble()
    contexts.close()
    assert trouble == []


@pytest.fixture
def key(session_keys: Iterator[str]) -> str:
    return next(session_keys)


@pytest.fixture
def unopened(open_context: Callable[..., BrowserContext], key: str) -> Chat:
    """A new user in an empty tab."""
    return Chat(open_context(key).new_page())


@pytest.fixture
def line(unopened: Chat) -> Line:
    """The connection of `chat`, which can be cut or silenced."""
    return Line(unopened)


@pytest.fixture
def chat(unopened: Chat, request: pytest.FixtureRequest) -> Chat:
    """A new user on the empty page."""
    if "line" in request.fixturenames:
        request.getfixturevalue("line")  # before the page connects
    return unopened.open()


@pytest.fixture(scope="module")
def shared_page(session_keys: Iterator[str]) -> Iterator[SharedChat]:
    page = SharedChat(next(session_keys))
    yield page
    page.close()


@pytest.fixture
def shared_key(shared_page: SharedChat) -> str:
    """The key of the session of `shared_chat`."""
    return shared_page.key


@pytest.fixture
def shared_chat(shared_page: SharedChat, watched_contexts: Callable[[], WatchedContexts], request: pytest.FixtureRequest) -> Iterator[Chat]:
    """The empty page of a user without conversations, for modules whose tests leave a page as good as new; a failed one's is thrown away."""
    failed = request.session.testsfailed
    yield shared_page.take(watched_contexts)
    trouble = shared_page.trouble()
    if not trouble and request.session.testsfailed == failed:
        shared_page.give_back()
    assert trouble == []


@pytest.fixture(scope="package")
def modules(browser: Browser, site: Served, session_keys: Iterator[str]) -> Iterator[Page]:
    """One chat page for all tests that only try out its modules."""
    context = browser.new_context(base_url=site.address)
    context.add_cookies([{"name": "sessionid", "value": next(session_keys), "url": site.address}])
    yield Chat(context.new_page()).open().page
    context.close()
