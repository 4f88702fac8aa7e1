"""The far end of a webhook: a server in a thread, which keeps what it was sent and answers as it is told."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, NamedTuple


class Received(NamedTuple):
    path: str
    headers: dict[str, str]
    """By their names in small letters."""
    body: bytes


class Receiver:
    def __init__(self) -> None:
        self.received: list[Received] = []
        self.status, self.answer, self.headers = 204, b"", dict[str, str]()
        self.gate = threading.Event()
        """Closed, it answers nothing until the test opens it."""
        self.gate.set()

    @contextmanager
    def running(self) -> Iterator[str]:
        """Its address."""
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                receiver.received.append(Received(self.path, {name.lower(): value for name, value in self.headers.items()}, body))
                receiver.gate.wait(30)
                self.send_response(receiver.status)
                for name, value in {"Content-Length": str(len(receiver.answer)), **receiver.headers}.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(receiver.answer)

            def log_message(self, *arguments: Any) -> None:
                pass

        server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        server.daemon_threads = True
        threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
        try:
            yield f"http://127.0.0.1:{server.server_address[1]}"
        finally:
            self.gate.set()
            server.shutdown()
            server.server_close()
