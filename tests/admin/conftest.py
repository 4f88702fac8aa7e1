"""What most tests of the admin begin with."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.test import Client
from playwright.sync_api import Browser, BrowserContext

from conversations.models import SystemPrompt, User
from tests.support.running_chromium import running_chromium


@pytest.fixture
def signed_in(client: Client, admin: User) -> Client:
    """An administrator's browser."""
    client.force_login(admin)
    return client


@pytest.fixture
def prompt(db: None) -> SystemPrompt:
    """The prompt that every site begins with."""
    return SystemPrompt.objects.get(slug="assistant")


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with running_chromium() as browser, pytest.MonkeyPatch.context() as patch:
        patch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "true")  # while Playwright runs, its event loop counts as running in this thread
        yield browser


@pytest.fixture
def contexts(signed_in: Client, live_server: Any, settings: Any, request: pytest.FixtureRequest) -> Iterator[Callable[[], BrowserContext]]:
    """Opens browsers in which the administrator is signed in. Run coroutines before it: none can be run beside Playwright."""
    browser: Browser = request.getfixturevalue("browser")
    session = signed_in.cookies[settings.SESSION_COOKIE_NAME].value
    made: list[BrowserContext] = []

    def opened() -> BrowserContext:
        made.append(context := browser.new_context(base_url=live_server.url))
        context.add_cookies([{"name": settings.SESSION_COOKIE_NAME, "value": session, "url": live_server.url}])
        context.on("dialog", lambda dialog: dialog.accept())
        return context

    yield opened
    for context in made:
        context.close()
