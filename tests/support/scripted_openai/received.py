"""What clients send, and when they leave."""

import asyncio
import json
import threading
import time
from dataclasses import dataclass, field
from email.parser import BytesParser
from typing import Any, NamedTuple
from urllib.parse import parse_qsl, urlsplit

from tests.support.turns import until_done


def form(content_type: str, body: bytes) -> dict[str, Any]:
    """The fields of a form with files, each as text or as an UploadedFile."""
    message = BytesParser().parsebytes(f"Content-Type: {content_type}\r\n\r\n".encode() + body)
    fields: dict[str, Any] = {}
    for part in message.get_payload():
        content, name = bytes(part.get_payload(decode=True)), part.get_filename()
        field_name = part.get_param("name", header="content-disposition")
        fields[field_name] = content.decode() if name is None else UploadedFile(name, str(part["content-type"]), content)
    return fields


class UploadedFile(NamedTuple):
    name: str
    content_type: str
    content: bytes


@dataclass
class Request:
    """What the client sent, and when it left."""

    method: str
    path: str
    headers: dict[str, str]
    body: Any
    arrived: float = field(default_factory=time.monotonic)
    """Seconds on the monotonic clock."""
    gone: threading.Event = field(default_factory=threading.Event)

    @property
    def wire(self) -> str:
        return "responses" if "/responses" in self.path else "chat_completions"

    @property
    def response_id(self) -> str:
        """The background response that the address names."""
        return urlsplit(self.path).path.partition("/responses/")[2].split("/")[0]

    @property
    def query(self) -> dict[str, str]:
        return dict(parse_qsl(urlsplit(self.path).query))

    @property
    def system(self) -> str:
        messages = self.body.get("messages", [])
        return str(self.body.get("instructions") or next((m["content"] for m in messages if m["role"] in ("system", "developer")), ""))

    @property
    def question(self) -> str:
        """The last thing that the user said."""
        if "/audio/" in self.path:
            return ""
        turns = self.body.get("messages") or self.body.get("input") or []
        turns = [{"role": "user", "content": turns}] if isinstance(turns, str) else turns
        content = next((turn.get("content") or "" for turn in reversed(turns) if turn.get("role") == "user"), "")
        return content if isinstance(content, str) else "".join(part.get("text", "") for part in content)

    @property
    def prefix(self) -> str:
        """The beginning of the answer that the server is asked to continue."""
        last = (self.body.get("messages") or [{}])[-1]
        return str(last["content"]) if self.body.get("continue_final_message") and last.get("role") == "assistant" else ""

    async def client_left(self, seconds: float = 5.0) -> float:
        """Wait until the client has closed the connection; how many seconds of the event loop's that took, as for `until_done`."""
        return await until_done(self.gone.is_set, seconds)


class Inbox:
    """Reads requests, and notices when the client leaves."""

    def __init__(self, reader: asyncio.StreamReader) -> None:
        self._reader = reader
        self._data = b""
        self.ended = False

    async def until_more(self) -> None:
        try:
            more = await self._reader.read(65536)
        except ConnectionError:
            more = b""
        self._data += more
        self.ended = not more

    async def request(self) -> Request | None:
        while b"\r\n\r\n" not in self._data:
            await self.until_more()
            if self.ended:
                return None
        head, _, self._data = self._data.partition(b"\r\n\r\n")
        first, *lines = head.decode("latin-1").split("\r\n")
        method, path, _ = first.split(" ")
        headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
        length = int(headers.get("content-length", 0))
        while len(self._data) < length and not self.ended:
            await self.until_more()
        body, self._data = self._data[:length], self._data[length:]
        kind = headers.get("content-type", "")
        fields = form(kind, body) if kind.startswith("multipart/form-data") else json.loads(body) if body else {}
        return Request(method, path, headers, fields)
