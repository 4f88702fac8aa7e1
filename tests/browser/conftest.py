"""Chromium against a running server, with a scripted provider behind it. Whatever a test does, no page may violate its policy."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, BrowserContext, Dialog, Page, sync_playwright

from tests.support import chromium
from tests.support.scripted_openai import ScriptedOpenAI
from tests.support.served_people import make_admin
from tests.support.serving import Served, Serving
from tests.support.template import session_key

from .chat import Chat
from .kept_contexts import VIEWPORT, KeptContexts
from .line import Line
from .provider import Provider

WATCH_POLICY = """
window.brokenRules = [];
document.addEventListener("securitypolicyviolation", (event) => brokenRules.push(`${event.violatedDirective}: ${event.blockedURI} ${event.sample}`));
"""


@pytest.fixture(scope="package")
def provider() -> Iterator[Provider]:
    with ScriptedOpenAI.in_thread() as server:
        yield Provider(server)


@pytest.fixture(autouse=True)
def _forget_answers(provider: Provider, request: pytest.FixtureRequest) -> Iterator[None]:
    yield
    provider.forget()
    if "site" in request.fixturenames:  # shown where the test fails
        sys.stdout.write("".join(request.getfixturevalue("site").lines[-30:]))


@pytest.fixture(scope="package")
def site(provider: Provider) -> Iterator[Served]:
    serving = Serving(program=("-m", "tests.support.forgiving_serve"))
    yield serving(provider.server.base_url, SITE_NAME="Parlour", OPENAI_API="chat_completions")
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
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=chromium.path(), args=chromium.FLAGS)
        yield started
        started.close()


@pytest.fixture(scope="package")
def kept_contexts(browser: Browser) -> KeptContexts:
    return KeptContexts(browser, WATCH_POLICY)


@pytest.fixture
def motion() -> str:
    """Drawing what moves takes a tenth of what a test costs. Modules in which it matters override this."""
    return "reduce"


@pytest.fixture
def open_context(
    browser: Browser, site: Served, kept_contexts: KeptContexts, admin_key: str, motion: str
) -> Iterator[Callable[..., BrowserContext]]:
    """A browser: `open_context(key)` signed in, `open_context(None)` not. Its pages are checked when the test ends.

    Further options are Playwright's; `base_url` may be the address of a proxy in front of the site. A `fresh` one's cache is empty.
    """
    kept: list[BrowserContext] = []
    made: list[BrowserContext] = []
    trouble: list[str] = []
    hosts = {urlsplit(site.address).netloc}

    def watch(page: Page) -> None:
        page.on("pageerror", lambda error: trouble.append(f"error: {error}"))
        page.on("dialog", refuse)
        page.on("request", lambda request: None if is_ours(request.url) else trouble.append(f"request: {request.url}"))

    def refuse(dialog: Dialog) -> None:
        trouble.append(f"dialog: {dialog.message}")
        dialog.dismiss()

    def is_ours(url: str) -> bool:
        return urlsplit(url).scheme in ("data", "blob", "about") or urlsplit(url).netloc in hosts

    def opened(key: str | None, *, base_url: str = site.address, fresh: bool = False, **options: Any) -> BrowserContext:
        hosts.add(urlsplit(base_url).netloc)
        options.setdefault("reduced_motion", motion)
        if fresh:
            context = browser.new_context(viewport=VIEWPORT, base_url=base_url, **options)
            context.add_init_script(WATCH_POLICY)
            made.append(context)
        else:
            context = kept_contexts.take(base_url, **options)
            kept.append(context)
        context.set_default_timeout(10_000)
        if key is not None:
            context.add_cookies([{"name": "sessionid", "value": key, "url": site.address}])
        context.on("page", watch)
        return context

    yield opened
    for context in kept + made:
        context.remove_listener("page", watch)
        for page in context.pages:
            if urlsplit(page.url).netloc in hosts:
                trouble += [f"policy: {rule}" for rule in page.evaluate("window.brokenRules ?? []")]
    for context in made:
        context.close()
    for context in kept:
        kept_contexts.give_back(context)
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


@pytest.fixture(scope="package")
def modules(browser: Browser, site: Served, session_keys: Iterator[str]) -> Iterator[Page]:
    """One chat page for all tests that only try out its modules."""
    context = browser.new_context(base_url=site.address)
    context.add_cookies([{"name": "sessionid", "value": next(session_keys), "url": site.address}])
    yield Chat(context.new_page()).open().page
    context.close()
