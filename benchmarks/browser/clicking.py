"""A click on a conversation in a full sidebar, until its last answer is painted."""

from __future__ import annotations

import time

from playwright.sync_api import Browser, Page

from tests.support.serving import Served

from .chromium import PATIENCE_SECONDS, signed_in, until

PAUSE_SECONDS = 0.5
"""Between clicks: what is left to do after one is not to be counted with the next."""
WATCH = """() => {
  const list = document.querySelector("pre") ?? document.querySelector(".sidebar .list");
  list.addEventListener("click", ({ target, timeStamp }) => {
    window.took = 0;
    const before = document.querySelector("[data-message]:last-child");
    const look = () => {
      const last = document.querySelector("[data-message]:last-child");
      const box = last !== before && last?.querySelector(".text > :last-child")?.getBoundingClientRect();
      if (box && box.height && box.top < innerHeight && box.bottom > 0) setTimeout(() => { window.took = performance.now() - timeStamp; });
      else requestAnimationFrame(look);
    };
    requestAnimationFrame(look);
  }, { capture: true });
}"""
BARE = """() => {
  const pre = document.querySelector("pre");
  pre.addEventListener("click", async ({ timeStamp }) => {
    window.took = 0;
    pre.textContent = await (await fetch("/healthz", { cache: "no-store" })).text();
    requestAnimationFrame(() => setTimeout(() => { window.took = performance.now() - timeStamp; }));
  });
}"""


def click_rows(browser: Browser, server: Served, cookie: str, rows: int, times: int) -> tuple[list[float], list[float]]:
    """Milliseconds of each click with so many rows loaded, and of as many on a bare page that asks the server for as little as possible."""
    with signed_in(browser, server, cookie) as context:
        bare = context.new_page()
        bare.goto("/healthz")
        bare.evaluate(BARE)
        page = context.new_page()
        page.goto("/")
        _load_rows(page, rows)
        page.evaluate(WATCH)
        shown = page.locator(".sidebar .row > a")
        took, bare_took = [], []
        for number in range(times):
            page.bring_to_front()
            row = shown.nth(rows // 2 + number * 3)
            row.scroll_into_view_if_needed()
            time.sleep(PAUSE_SECONDS)
            row.click()
            took.append(until(page, "window.took"))
            bare.bring_to_front()
            bare.locator("pre").click()
            bare_took.append(until(bare, "window.took"))
        return took[1:], bare_took[1:]  # what shows messages is loaded with the first


def _load_rows(page: Page, rows: int) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while page.evaluate("document.querySelectorAll('.sidebar .row').length") < rows:
        page.evaluate("document.querySelector('.sidebar .list').scrollTop = 1e9")
        time.sleep(0.02)
        if time.monotonic() > deadline:
            raise RuntimeError(f"The sidebar did not show {rows} rows.")
