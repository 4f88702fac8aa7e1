"""Chromium against Django's live server, whose database is the test's: for what depends on rows that would be long to make on a page."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.conf import settings as project_settings
from django.contrib.staticfiles.handlers import StaticFilesHandler
from django.http import HttpRequest, HttpResponseBase
from django.test import Client, override_settings
from playwright.sync_api import BrowserContext, ConsoleMessage, Dialog, WebError

from conversations.jobs.worker import Worker
from conversations.pages import stylesheets
from tests.browser.kept_contexts import KeptContexts
from tests.support.running_chromium import running_chromium

REPORT_VIOLATIONS = """
    document.addEventListener("securitypolicyviolation", (event) => {
        console.error(`violation of ${event.violatedDirective}: ${event.blockedURI} in ${event.sourceFile}:${event.lineNumber}`);
    });
"""


@pytest.fixture(scope="package")
def kept_contexts() -> Iterator[KeptContexts]:
    with running_chromium() as browser, pytest.MonkeyPatch.context() as patch:
        patch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "true")  # while Playwright runs, its event loop counts as running in this thread
        yield KeptContexts(browser, REPORT_VIOLATIONS)


@pytest.fixture(scope="package", autouse=True)
def static_files(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """The live server has the joined stylesheets, too, though nothing is gathered, and lets browsers keep what it serves."""
    folder = tmp_path_factory.mktemp("static")
    (folder / "bundles").mkdir()
    for path, text in stylesheets.bundles(stylesheets.STYLESHEETS):
        (folder / path).write_text(text)
    serve = StaticFilesHandler.serve

    def kept(handler: StaticFilesHandler, request: HttpRequest) -> HttpResponseBase:
        response = serve(handler, request)
        response["Cache-Control"] = "max-age=3600"
        return response

    with override_settings(STATICFILES_DIRS=[*project_settings.STATICFILES_DIRS, folder]), pytest.MonkeyPatch.context() as patch:
        patch.setattr(StaticFilesHandler, "serve", kept)
        yield


@pytest.fixture
def complaints() -> list[str]:
    """What pages complained of: errors, and what breaks their policy."""
    return []


@pytest.fixture
def signed_out(live_server: Any, complaints: list[str], request: pytest.FixtureRequest) -> Iterator[Callable[[], BrowserContext]]:
    """Opens browsers. Run coroutines before it: none can be run beside Playwright."""
    kept: KeptContexts = request.getfixturevalue("kept_contexts")
    taken: list[BrowserContext] = []

    def accept(dialog: Dialog) -> None:
        dialog.accept()

    def hear(message: ConsoleMessage) -> None:
        complaints.extend([message.text] if message.type == "error" else [])

    def see(error: WebError) -> None:
        complaints.append(str(error.error))

    def opened() -> BrowserContext:
        taken.append(context := kept.take(live_server.url))
        context.on("dialog", accept)
        context.on("console", hear)
        context.on("weberror", see)
        return context

    yield opened
    for context in taken:
        for event, listener in (("dialog", accept), ("console", hear), ("weberror", see)):
            context.remove_listener(event, listener)
        kept.give_back(context)


@pytest.fixture
def contexts(signed_in: Client, live_server: Any, settings: Any, request: pytest.FixtureRequest) -> Callable[[], BrowserContext]:
    """The same, in which the administrator is signed in."""
    session = signed_in.cookies[settings.SESSION_COOKIE_NAME].value
    signed_out = request.getfixturevalue("signed_out")

    def opened() -> BrowserContext:
        context: BrowserContext = signed_out()
        context.add_cookies([{"name": settings.SESSION_COOKIE_NAME, "value": session, "url": live_server.url}])
        return context

    return opened


@pytest.fixture
def worker() -> Iterator[Worker]:
    """Does the background jobs meanwhile."""
    working = Worker()
    working.start()
    yield working
    working.drain(5)
