"""A client of a served site that uploads in pieces, and gets files back."""

from __future__ import annotations

import base64
import http.client
import json
from collections.abc import Iterable, Iterator
from typing import Any
from urllib.parse import urlsplit

TOKEN = "t" * 32
PIECE_BYTES = 1024 * 1024


class Uploader:
    """For the user whose session it is. Each request has a connection of its own, as after a loss of the one before."""

    def __init__(self, address: str, session: str) -> None:
        self._host = urlsplit(address).netloc
        self._headers = {"Cookie": f"sessionid={session}; csrftoken={TOKEN}", "X-CSRFToken": TOKEN}

    def begin(self, size: int, name: str) -> str:
        """The path of the new upload."""
        told = {"Upload-Length": str(size), "Upload-Metadata": f"filename {base64.b64encode(name.encode()).decode()}"}
        status, headers, body = self.ask("POST", "/files/uploads/", headers=told)
        assert status == 201, body
        return headers["Location"]

    def offset(self, upload: str) -> int:
        status, headers, _ = self.ask("HEAD", upload)
        assert status == 200, status
        return int(headers["Upload-Offset"])

    def send(self, upload: str, offset: int, piece: bytes) -> dict[str, Any] | None:
        """The file, once that was the last one."""
        headers = {"Upload-Offset": str(offset), "Content-Type": "application/offset+octet-stream"}
        status, _, body = self.ask("PATCH", upload, piece, headers)
        assert status in (200, 204), body
        return json.loads(body) if status == 200 else None

    def send_all(self, upload: str, content: bytes) -> Iterator[dict[str, Any] | None]:
        """A piece after the other, from where it is."""
        for start in range(self.offset(upload), len(content), PIECE_BYTES):
            yield self.send(upload, start, content[start : start + PIECE_BYTES])

    def ask(
        self, method: str, path: str, body: bytes | Iterable[bytes] = b"", headers: dict[str, str] | None = None
    ) -> tuple[int, http.client.HTTPMessage, bytes]:
        connection = http.client.HTTPConnection(self._host, timeout=30)
        try:
            connection.request(method, path, body, {**self._headers, "Tus-Resumable": "1.0.0", **(headers or {})})
            response = connection.getresponse()
            return response.status, response.headers, response.read()
        finally:
            connection.close()
