"""Browsers whose pages are watched: whatever is done to them, none may break its policy, ask other servers, open a dialog or throw."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from playwright.sync_api import Browser, BrowserContext, Dialog, Page

from tests.support.running_chromium import PATIENCE_MS

from .kept_contexts import VIEWPORT, KeptContexts

WATCH_POLICY = """
window.brokenRules = [];
document.addEventListener("securitypolicyviolation", (event) => brokenRules.push(`${event.violatedDirective}: ${event.blockedURI} ${event.sample}`));
"""


class WatchedContexts:
    """Opens contexts at this address of a site, with this preference for motion."""

    def __init__(self, browser: Browser, kept_contexts: KeptContexts, address: str, motion: str) -> None:
        self._browser, self._kept_contexts, self._address, self._motion = browser, kept_contexts, address, motion
        self._kept: list[BrowserContext] = []
        self._made: list[BrowserContext] = []
        self._trouble: list[str] = []
        self._hosts = {urlsplit(address).netloc}

    def open(self, key: str | None, *, base_url: str = "", fresh: bool = False, **options: Any) -> BrowserContext:
        """A browser: with a session's key signed in, with None not.

        Further options are Playwright's; `base_url` may be the address of a proxy in front of the site. A `fresh` one's cache is empty. With
        `clock=True`, the pages' time can be advanced.
        """
        base_url = base_url or self._address
        self._hosts.add(urlsplit(base_url).netloc)
        options.setdefault("reduced_motion", self._motion)
        if fresh:
            context = self._browser.new_context(viewport=VIEWPORT, base_url=base_url, **options)
            context.add_init_script(WATCH_POLICY)
            self._made.append(context)
        else:
            context = self._kept_contexts.take(base_url, **options)
            self._kept.append(context)
        context.set_default_timeout(PATIENCE_MS)
        if key is not None:
            context.add_cookies([{"name": "sessionid", "value": key, "url": self._address}])
        context.on("page", self._watch)
        return context

    def trouble(self) -> list[str]:
        """What was wrong since the last time."""
        for context in self._kept + self._made:
            for page in context.pages:
                if urlsplit(page.url).netloc in self._hosts:
                    self._trouble += [f"policy: {rule}" for rule in page.evaluate("window.brokenRules?.splice(0) ?? []")]
        found, self._trouble = self._trouble, []
        return found

    def close(self) -> None:
        for context in self._kept + self._made:
            context.remove_listener("page", self._watch)
        for context in self._made:
            context.close()
        for context in self._kept:
            self._kept_contexts.give_back(context)
        self._made, self._kept = [], []

    def _watch(self, page: Page) -> None:
        page.on("pageerror", lambda error: self._trouble.append(f"error: {error}"))
        page.on("dialog", self._refuse)
        page.on("request", lambda request: None if self._is_ours(request.url) else self._trouble.append(f"request: {request.url}"))

    def _refuse(self, dialog: Dialog) -> None:
        self._trouble.append(f"dialog: {dialog.message}")
        dialog.dismiss()

    def _is_ours(self, url: str) -> bool:
        return urlsplit(url).scheme in ("data", "blob", "about") or urlsplit(url).netloc in self._hosts
