"""Browser contexts that tests take one after the other.

A fresh context has an empty HTTP cache and a renderer of its own: two thirds of what opening the page costs. Who takes a kept one
finds neither cookies nor anything stored, only cached files and a warm renderer.
"""

from __future__ import annotations

from typing import Any

from playwright.sync_api import Browser, BrowserContext, Page, ViewportSize

VIEWPORT: ViewportSize = {"width": 1280, "height": 860}
LASTING = ("add_init_script", "expose_binding", "expose_function", "route", "route_web_socket", "set_extra_http_headers", "set_offline")
"""What a test can do to a context that would be there for the next one: such a context is not kept."""
STORED = "cookies,local_storage,indexeddb,cache_storage,service_workers"


class KeptContexts:
    """Contexts by the address of their site, each with the given script in its pages."""

    def __init__(self, browser: Browser, script: str) -> None:
        self._browser, self._script = browser, script
        self._free: dict[str, list[BrowserContext]] = {}
        self._changed: set[BrowserContext] = set()
        self._resting: dict[BrowserContext, Page] = {}

    def take(self, address: str) -> BrowserContext:
        """A context without cookies or stored data."""
        free = self._free.setdefault(address, [])
        return free.pop() if free else self._made(address)

    def give_back(self, address: str, context: BrowserContext) -> None:
        """Clear and keep it, unless the test changed it for good."""
        if context in self._changed:
            context.close()
            return
        resting = self._resting[context]
        for page in context.pages:
            if page is not resting:
                page.close()
        context.clear_permissions()
        session = context.new_cdp_session(resting)
        session.send("Storage.clearDataForOrigin", {"origin": address, "storageTypes": STORED})
        session.detach()
        context.clear_cookies()
        self._free[address].append(context)

    def _made(self, address: str) -> BrowserContext:
        context = self._browser.new_context(viewport=VIEWPORT, base_url=address)
        context.add_init_script(self._script)
        self._resting[context] = context.new_page()
        self._resting[context].goto("/healthz")  # keeps the site's renderer alive between tests
        for owner, name in [*((context, name) for name in LASTING), (context.clock, "install")]:
            self._watch(context, owner, name)
        return context

    def _watch(self, context: BrowserContext, owner: Any, name: str) -> None:
        method = getattr(owner, name)

        def noted(*arguments: Any, **options: Any) -> Any:
            self._changed.add(context)
            return method(*arguments, **options)

        setattr(owner, name, noted)
