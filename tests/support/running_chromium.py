"""Chromium as tests drive it: started once for many of them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from django.db import connections
from playwright.sync_api import Browser, sync_playwright

from . import chromium, page_scripts


@contextmanager
def running_chromium() -> Iterator[Browser]:
    """While it runs, Playwright's event loop counts as running in this thread, and no other can."""
    with sync_playwright() as playwright, page_scripts.waited_for():
        browser = playwright.chromium.launch(executable_path=chromium.path(), args=chromium.FLAGS)
        yield browser
        browser.close()
        _forget_connections()


def _forget_connections() -> None:
    """Where an event loop runs, Django keeps connections in the context, which all coroutines of later tests inherit from this thread."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "true")
        for connection in connections.all(initialized_only=True):
            connection.close()
            del connections[connection.alias]
