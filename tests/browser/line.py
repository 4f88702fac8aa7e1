"""The connection between page and server, which can be cut or silenced."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from typing import Any

from playwright.sync_api import WebSocketRoute

from .chat import Chat


class Line:
    """Put it in before the page is opened."""

    def __init__(self, chat: Chat) -> None:
        self.up = True
        self.sockets: list[WebSocketRoute] = []
        self.opened = 0
        self.sent: list[str] = []
        self._heard: list[str] = []
        self._dead: set[WebSocketRoute] = set()
        self._held: list[tuple[WebSocketRoute, str | bytes]] | None = None
        self._hold_behind = ""
        self._page = chat.page
        self._page.route_web_socket("**/ws/", self._connect)

    def cut(self) -> None:
        self.up = False
        for socket in self.sockets:
            socket.close(code=1012)
        self.sockets.clear()

    def go_dead(self) -> None:
        """The present connection stays open, but nothing gets through it any more, in either direction."""
        self._dead.update(self.sockets)

    def hold(self) -> None:
        """Frames from the server are held until they are released."""
        self._held = []

    def hold_behind(self, kind: str) -> None:
        """Frames from the server that come after the next one of this kind are held until they are released."""
        self._hold_behind = kind

    def let_go(self) -> None:
        held, self._held = self._held or [], None
        for socket, message in held:
            socket.send(message)

    def tell(self, frame: dict[str, Any]) -> None:
        """As if the server had said it."""
        self.sockets[-1].send(json.dumps(frame))

    def commands(self, kind: str) -> list[dict[str, Any]]:
        """What the page has sent of this kind."""
        return [frame for frame in map(json.loads, self.sent) if frame["type"] == kind]

    def heard(self, kind: str) -> int:
        """How many frames of this kind the page was given."""
        return sum(json.loads(frame)["type"] == kind for frame in self._heard)

    def until(self, true: Callable[[], bool], seconds: float = 15.0) -> None:
        """Wait for what comes over it. Playwright works only while it is called."""
        end = time.monotonic() + seconds
        while not true():
            assert time.monotonic() < end, "It did not come true in time."
            self._page.wait_for_timeout(20)

    def _connect(self, socket: WebSocketRoute) -> None:
        if not self.up:
            socket.close(code=1012)
            return
        self.opened += 1
        self.sockets.append(socket)
        server = socket.connect_to_server()

        def to_server(message: str | bytes) -> None:
            self.sent.append(str(message))
            if socket not in self._dead:
                server.send(message)

        def to_page(message: str | bytes) -> None:
            if self._held is not None:
                self._held.append((socket, message))
            elif socket not in self._dead:
                socket.send(message)
                self._heard.append(str(message))
                if self._hold_behind == json.loads(message)["type"]:
                    self._held, self._hold_behind = [], ""

        socket.on_message(to_server)
        server.on_message(to_page)
