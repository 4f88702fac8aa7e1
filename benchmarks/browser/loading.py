"""From the navigation to a page that can be used, with an empty cache each time, beside the smallest page of the same server."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from playwright.sync_api import Browser

from tests.support.serving import Served

from .chromium import Transfers, metrics, signed_in, until, watched

SMALLEST = "/healthz"
WATCH = """
window.seen = {};
const painted = (name) => requestAnimationFrame(() => setTimeout(() => { seen[name] ??= performance.now(); }));
const inSight = (element) => {
  const box = element?.getBoundingClientRect();
  return box?.height && box.top < innerHeight && box.bottom > 0;
};
// An empty message is not sent; that its Enter breaks no line shows that what sends is there.
const enter = () => new KeyboardEvent("keydown", { key: "Enter", code: "Enter", cancelable: true });
const look = () => {
  if (!seen.composer && document.querySelector("textarea")?.dispatchEvent(enter()) === false) seen.composer = performance.now();
  setTimeout(look, 4);
};
const lookAtFrame = () => {
  if (document.querySelector("main, pre")) painted("first");
  if (inSight(document.querySelector("[data-message]:last-child .text > :last-child"))) painted("end");
  requestAnimationFrame(lookAtFrame);
};
look();
lookAtFrame();
"""


@dataclass
class Loads:
    """One value for each load: milliseconds since the navigation, main thread's milliseconds, requests, bytes."""

    composer: list[float] = field(default_factory=list)
    end: list[float] = field(default_factory=list)
    answered: list[float] = field(default_factory=list)
    smallest: list[float] = field(default_factory=list)
    busy: list[float] = field(default_factory=list)
    requests: list[float] = field(default_factory=list)
    size: list[float] = field(default_factory=list)


def load(browser: Browser, server: Served, cookie: str, path: str, times: int) -> Loads:
    """Loads of an empty chat, or of a conversation until its end is seen."""
    loads = Loads()
    for _ in range(times):
        loads.smallest.append(_open(browser, server, cookie, SMALLEST, "seen.first")["first"])
        seen = _open(browser, server, cookie, path, "seen.composer && seen.first" if path == "/" else "seen.composer && seen.end")
        for name, value in seen.items():
            if values := getattr(loads, name, None):
                values.append(value)
            elif name in Loads.__dataclass_fields__:
                setattr(loads, name, [value])
    return loads


def _open(browser: Browser, server: Served, cookie: str, path: str, condition: str) -> dict[str, Any]:
    with signed_in(browser, server, cookie) as context:
        page = context.new_page()
        page.add_init_script(WATCH)
        transfers = Transfers(page)
        session = watched(page)
        page.goto(path)
        until(page, condition)
        page.wait_for_load_state("networkidle")
        seen: dict[str, Any] = page.evaluate("seen")
        seen["answered"] = page.evaluate("performance.getEntriesByType('navigation')[0].responseStart")
        seen["busy"] = metrics(session)["TaskDuration"] * 1000
        seen["requests"], seen["size"] = len(transfers.sizes), sum(transfers.sizes)
        return seen
