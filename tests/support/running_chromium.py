"""Chromium as tests drive it: started once for many of them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from django.db import connections
from playwright.sync_api import Browser, expect, sync_playwright

from . import chromium, page_scripts

PATIENCE_MS = 15_000
"""How long an expectation is waited for, which a busy machine keeps. What has to be seen sooner than that says so itself."""


@contextmanager
def running_chromium() -> Iterator[Browser]:
    """While it runs, Playwright's event loop counts as running in this thread, and no other can."""
    with sync_playwright() as playwright, page_scripts.waited_for():
        expect.set_options(timeout=PATIENCE_MS)
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
