"""Chromium, and what a page in it has cost."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from tests.support.chromium import path
from tests.support.serving import Served

FLAGS = ["--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking", "--disable-component-update"]
PATIENCE_SECONDS = 60


@contextmanager
def chromium() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path(), args=FLAGS)
        yield browser
        browser.close()


def signed_in(browser: Browser, server: Served, cookie: str) -> BrowserContext:
    """A window with an empty cache, in which the user of this session cookie is signed in."""
    context = browser.new_context(base_url=server.address, viewport={"width": 1280, "height": 860})
    name, value = cookie.split("=", 1)
    context.add_cookies([{"name": name, "value": value, "url": server.address}])
    return context


@dataclass
class Transfers:
    """What a page has asked the server for, from now on."""

    page: Page
    sizes: list[float] = field(default_factory=list)

    def __post_init__(self) -> None:
        session = self.page.context.new_cdp_session(self.page)
        session.on("Network.loadingFinished", lambda event: self.sizes.append(event["encodedDataLength"]))
        session.send("Network.enable")


def watched(page: Page) -> Any:
    """A session for `metrics`, to be had before the page has done anything."""
    session = page.context.new_cdp_session(page)
    session.send("Performance.enable", {"timeDomain": "threadTicks"})
    return session


def metrics(session: Any) -> dict[str, float]:
    """Seconds of processor time of the page's main thread, by what it did: what else the machine does isn't in it."""
    found = {entry["name"]: entry["value"] for entry in session.send("Performance.getMetrics")["metrics"]}
    return {name: found[name] for name in ("TaskDuration", "ScriptDuration", "LayoutDuration", "RecalcStyleDuration")}


def until(page: Page, condition: str) -> Any:
    """Playwright's own way to wait evaluates text within the page, which the page's policy forbids."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not (found := page.evaluate(condition)):
        if time.monotonic() > deadline:
            raise RuntimeError(f"This did not become true: {condition}")
        time.sleep(0.02)
    return found
