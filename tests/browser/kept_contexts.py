"""Browser contexts that tests take one after the other.

A fresh context has an empty HTTP cache and a renderer of its own: two thirds of what opening the page costs. Who takes a kept one
finds neither cookies nor anything stored, only cached files and a warm renderer, in which its pages begin: each would start a renderer only
for the empty document before its first address.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import partial
from typing import Any

from playwright.sync_api import Browser, BrowserContext, Page, ViewportSize

VIEWPORT: ViewportSize = {"width": 1280, "height": 860}
UNDONE = ("add_init_script", "expose_binding", "expose_function", "route")
"""What a test can do to a context that would be there for the next one, and can be taken back."""
LASTING = ("route_web_socket", "set_extra_http_headers")
"""What can't: such a context is not kept."""
STORED = "cookies,local_storage,indexeddb,cache_storage,service_workers"

NEW_PAGE = "void (open('about:blank').opener = null)"


class KeptContexts:
    """Contexts by the address of their site and Playwright's options, each with the given script in its pages."""

    def __init__(self, browser: Browser, script: str) -> None:
        self._browser, self._script = browser, script
        self._free: dict[str, list[BrowserContext]] = {}
        self._kinds: dict[BrowserContext, tuple[str, str]] = {}
        self._changed: set[BrowserContext] = set()
        self._undo: dict[BrowserContext, list[Any]] = {}
        self._resting: dict[BrowserContext, Page] = {}
        self._install_clock: dict[BrowserContext, Callable[[], None]] = {}

    def take(self, address: str, *, clock: bool = False, permissions: Iterable[str] = (), **options: Any) -> BrowserContext:
        """A context without cookies or stored data. With a `clock`, which is there for good, time goes on from now and can be advanced."""
        kind = f"{address} {clock} {sorted(options.items())}"
        free = self._free.setdefault(kind, [])
        context = free.pop() if free else self._made(kind, address, options)
        if clock:
            self._install_clock[context]()
        if permissions:
            context.grant_permissions([*permissions])
        return context

    def give_back(self, context: BrowserContext) -> None:
        """Clear and keep it, unless the test changed it for good."""
        if context in self._changed:
            context.close()
            return
        kind, address = self._kinds[context]
        resting = self._resting[context]
        for page in context.pages:
            if page is not resting:
                page.close()
        for undoing in self._undo.pop(context, []):
            undoing.close()
        context.set_offline(False)
        context.clear_permissions()
        session = context.new_cdp_session(resting)
        session.send("Storage.clearDataForOrigin", {"origin": address, "storageTypes": STORED})
        session.detach()
        context.clear_cookies()
        self._free[kind].append(context)

    def _made(self, kind: str, address: str, options: dict[str, Any]) -> BrowserContext:
        context = self._browser.new_context(**{"viewport": VIEWPORT, "base_url": address, **options})
        context.add_init_script(self._script)
        self._kinds[context] = kind, address
        self._resting[context] = context.new_page()
        self._resting[context].goto("/healthz")  # keeps the site's renderer alive between tests
        self._install_clock[context] = context.clock.install
        context.new_page = partial(self._new_page, context)  # type: ignore[method-assign]
        for name in UNDONE:
            self._watch(context, context, name)
        for owner, name in [*((context, name) for name in LASTING), (context.clock, "install")]:
            self._watch(context, owner, name, lasting=True)
        return context

    def _new_page(self, context: BrowserContext) -> Page:
        with context.expect_page() as opened:
            self._resting[context].evaluate(NEW_PAGE)
        return opened.value

    def _watch(self, context: BrowserContext, owner: Any, name: str, *, lasting: bool = False) -> None:
        method = getattr(owner, name)

        def noted(*arguments: Any, **options: Any) -> Any:
            answer = method(*arguments, **options)
            if lasting:
                self._changed.add(context)
            else:
                self._undo.setdefault(context, []).append(answer)
            return answer

        setattr(owner, name, noted)
