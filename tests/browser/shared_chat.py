"""One page that the tests of a module use one after the other: each finds it as a new user's, for half of what opening it costs."""

from __future__ import annotations

from collections.abc import Callable

from playwright.sync_api import expect

from .chat import Chat
from .kept_contexts import VIEWPORT
from .watched_contexts import WatchedContexts

FORGET = """async () => {
  const { conversations, removeSeveral } = await import("requests/conversations");
  const ids = (await conversations(null)).conversations.map(({ conversation }) => conversation);
  if (ids.length) await removeSeveral(ids);
  localStorage.clear();
  await new Promise((resolve) => Object.assign(indexedDB.deleteDatabase("attachments"), { onsuccess: resolve, onblocked: resolve }));
}"""


class SharedChat:
    """Its page is opened again where the last test didn't give it back."""

    def __init__(self, key: str) -> None:
        self.key = key
        self._contexts: WatchedContexts | None = None
        self._good = False

    def take(self, contexts: Callable[[], WatchedContexts]) -> Chat:
        """The page at a new chat, without conversations, drafts, further tabs, routes or granted permissions. Where there is none that is good, it is
        opened in what `contexts` makes.
        """
        if not self._good:
            self.close()
            self._contexts = contexts()
            context = self._contexts.open(self.key)
            self._chat = Chat(context.new_page()).open()
            self._pages = set(context.pages)
        self._good = False
        context = self._chat.page.context
        for page in set(context.pages) - self._pages:
            page.close()
        context.clear_permissions()
        self._chat.page.unroute_all()
        if self._chat.page.viewport_size != VIEWPORT:
            self._chat.page.set_viewport_size(VIEWPORT)
        self._chat.page.get_by_role("link", name="New chat").first.click()
        self._chat.page.evaluate(FORGET)
        if self._chat.page.locator(".tray li").count():  # of a draft that was just forgotten
            self._chat.open()
        expect(self._chat.sidebar.get_by_role("listitem")).to_have_count(0)
        expect(self._chat.page.locator("[data-message]")).to_have_count(0)
        self._chat.composer.fill("")
        expect(self._chat.composer).to_be_focused()
        return self._chat

    def give_back(self) -> None:
        self._good = True

    def trouble(self) -> list[str]:
        """What was wrong on the page since the last time."""
        return self._contexts.trouble() if self._contexts else []

    def close(self) -> None:
        if self._contexts is not None:
            self._contexts.close()
            self._contexts = None
