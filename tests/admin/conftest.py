"""What most tests of the admin begin with."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.test import Client
from playwright.sync_api import BrowserContext, sync_playwright

from conversations.models import SystemPrompt, User
from tests.support import chromium


@pytest.fixture
def signed_in(client: Client, admin: User) -> Client:
    """An administrator's browser."""
    client.force_login(admin)
    return client


@pytest.fixture
def prompt(db: None) -> SystemPrompt:
    """The prompt that every site begins with."""
    return SystemPrompt.objects.get(slug="assistant")


@pytest.fixture
def contexts(signed_in: Client, live_server: Any, settings: Any) -> Iterator[Callable[[], BrowserContext]]:
    """Opens browsers in which the administrator is signed in. Ask the database before it: it can't be used beside Playwright."""
    session = signed_in.cookies[settings.SESSION_COOKIE_NAME].value
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium.path(), args=chromium.FLAGS)

        def opened() -> BrowserContext:
            context = browser.new_context(base_url=live_server.url)
            context.add_cookies([{"name": settings.SESSION_COOKIE_NAME, "value": session, "url": live_server.url}])
            context.on("dialog", lambda dialog: dialog.accept())
            return context

        yield opened
        browser.close()
