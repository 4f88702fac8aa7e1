"""Requests of a page that wait until a test lets them go on, as those to a slow server do."""

from __future__ import annotations

import re
import time

from playwright.sync_api import Page, Route

from .running_chromium import PATIENCE_MS


class HeldRequests:
    """Those for an address, from now on; with a `method`, those of it."""

    def __init__(self, page: Page, address: str | re.Pattern[str], method: str | None = None) -> None:
        self._page, self._method = page, method
        self._held: list[Route] = []
        self._are_let_go = False
        page.route(address, self._hold)

    def next(self) -> Route:
        """The next one, once the page has made it."""
        end = time.monotonic() + PATIENCE_MS / 1000
        while not self._held:  # a request is told of before it is held
            assert time.monotonic() < end, "The page did not ask for it."
            self._page.wait_for_timeout(10)
        return self._held.pop(0)

    def let_go(self) -> None:
        """Hold no more, neither those that wait nor others."""
        self._are_let_go = True
        while self._held:
            self._held.pop().continue_()

    def _hold(self, route: Route) -> None:
        if self._are_let_go or self._method not in (None, route.request.method):
            route.continue_()
        else:
            self._held.append(route)
