"""Requests of a page that wait until a test lets them go on, as those to a slow server do."""

from __future__ import annotations

import re

from playwright.sync_api import Page, Route


def hold_requests(page: Page, address: str | re.Pattern[str]) -> list[Route]:
    """Answers a list that each request for it from now on is put into."""
    held: list[Route] = []

    def hold(route: Route) -> None:
        held.append(route)

    page.route(address, hold)
    return held
