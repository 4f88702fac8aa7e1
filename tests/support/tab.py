"""A tab of a user's browser, connected to a served site: it shows what the offset rule lets it show, and reconnects."""

from __future__ import annotations

import json
import time
import uuid
from collections.abc import Callable
from contextlib import ExitStack
from typing import Any, Self
from urllib.request import Request, urlopen

from django.conf import settings
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import ClientConnection, connect
from websockets.typing import Origin

Frame = dict[str, Any]


class Tab:
    """Keeps what it is shown of each message: parts, end, status. A gap has it watch again, as the protocol says."""

    def __init__(self, session: str, address: str) -> None:
        self.session = session
        self._opened = ExitStack()
        self.frames: list[Frame] = []
        self.shown: dict[str, Frame] = {}
        self.watched: set[str] = set()
        self.resyncs = 0
        self.connect(address)

    @property
    def _cookie(self) -> str:
        return f"{settings.SESSION_COOKIE_NAME}={self.session}"

    def connect(self, address: str) -> None:
        """To this site, such as http://127.0.0.1:8000, from now on; what was watched is watched again."""
        self.address = address
        self._opened.close()
        opening = connect(
            address.replace("http", "ws", 1) + "/ws/",
            origin=Origin(address),
            additional_headers={"Cookie": self._cookie},
            ping_interval=None,
            max_size=None,
            max_queue=None,
        )
        self.socket: ClientConnection = self._opened.enter_context(opening)
        self.until("ready")
        for conversation in self.watched:
            self.command("watch", conversation=conversation)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._opened.close()

    @staticmethod
    def new_id() -> str:
        return str(uuid.uuid4())

    def command(self, kind: str, **fields: Any) -> str:
        fields.setdefault("id", self.new_id())
        self.socket.send(json.dumps({"type": kind, **fields}))
        return fields["id"]

    def watch(self, conversation: str) -> None:
        self.watched.add(conversation)
        self.command("watch", conversation=conversation)

    def send(self, text: str, conversation: str | None = None, **fields: Any) -> Frame:
        """Send a message; answers the `accepted` frame."""
        given = {"conversation": conversation, "parent": None, "text": text, "attachments": [], "prompt": None, "model": None}
        return self.accepted("send", **given, **fields)

    def accepted(self, kind: str, **fields: Any) -> Frame:
        request = self.command(kind, **fields)
        accepted = self.until("accepted", id=request)
        self.watched.add(accepted["conversation"])
        return accepted

    def post(self, path: str, **body: Any) -> int:
        """What the page posts; answers the HTTP status."""
        token = "t" * 32
        headers = {"Cookie": f"{self._cookie}; csrftoken={token}", "X-CSRFToken": token, "Content-Type": "application/json"}
        with urlopen(Request(self.address + path, json.dumps(body).encode(), headers)) as response:
            return response.status

    def next(self, seconds: float = 15) -> Frame:
        frame = json.loads(self.socket.recv(seconds))
        self.frames.append(frame)
        self._apply(frame)
        return frame

    def until(self, kind: str, seconds: float = 15, **match: Any) -> Frame:
        """The next frame of this type whose fields equal `match`. An error that isn't waited for fails."""
        deadline = time.monotonic() + seconds
        while True:
            frame = self.next(max(0.01, deadline - time.monotonic()))
            if frame["type"] == kind and all(frame.get(name) == value for name, value in match.items()):
                return frame
            assert frame["type"] != "error", frame

    def until_shown(self, message: str, test: Callable[[str], bool], seconds: float = 15) -> str:
        """Take frames until the text that is shown of the message passes the test."""
        deadline = time.monotonic() + seconds
        while not test(self.text(message)):
            self.next(max(0.01, deadline - time.monotonic()))
        return self.text(message)

    def until_ended(self, message: str, seconds: float = 15) -> str:
        """Take frames until the message has ended and all of it is here; answers its status."""
        deadline = time.monotonic() + seconds
        while self.status(message) in ("pending", "streaming", "") or self.shown[message].get("behind"):
            self.next(max(0.01, deadline - time.monotonic()))
        return self.status(message)

    def hear(self, seconds: float) -> None:
        """Take what comes for so long."""
        deadline = time.monotonic() + seconds
        while (left := deadline - time.monotonic()) > 0:
            try:
                self.next(left)
            except TimeoutError:
                return

    def close_code(self, seconds: float = 15) -> int | None:
        """Take what comes until the server closes; answers its code, None where there was none."""
        try:
            while True:
                self.next(seconds)
        except ConnectionClosed as closed:
            return closed.rcvd.code if closed.rcvd else None

    def text(self, message: str) -> str:
        return "".join(part["text"] for part in self.shown.get(message, {}).get("parts", ()) if part["type"] == "text")

    def status(self, message: str) -> str:
        return self.shown.get(message, {}).get("status", "")

    def _apply(self, frame: Frame) -> None:
        match frame["type"]:
            case "message":
                content = frame["message"]
                known = self.shown.get(content["id"])
                if known is None or content["end"] >= known["end"]:
                    self.shown[content["id"]] = {**content, "parts": [dict(part) for part in content["parts"]]}
            case "snapshot":
                self._take_snapshot(frame)
            case "delta" if frame["message"] in self.shown:
                self._take_delta(frame)
            case "finished" if frame["message"] in self.shown:
                known = self.shown[frame["message"]]
                known["status"] = frame["status"]
                if known["end"] != frame["end"]:
                    known["behind"] = True
                    self._resync(frame["conversation"])

    def _take_snapshot(self, frame: Frame) -> None:
        known = self.shown.setdefault(frame["message"], {"end": 0, "parts": []})
        if frame["end"] >= known["end"]:
            known |= {"end": frame["end"], "status": frame["status"], "parts": [dict(part) for part in frame["parts"]], "behind": False}

    def _take_delta(self, frame: Frame) -> None:
        known = self.shown[frame["message"]]
        if frame["end"] <= known["end"]:
            return
        if frame["offset"] != known["end"]:
            self._resync(frame["conversation"])
            return
        while len(known["parts"]) <= frame["part"]:
            known["parts"].append({"type": frame["kind"], "text": ""})
        known["parts"][frame["part"]]["text"] += frame["text"]
        known["end"] = frame["end"]
        if known["status"] == "pending":
            known["status"] = "streaming"

    def _resync(self, conversation: str) -> None:
        self.resyncs += 1
        self.command("watch", conversation=conversation)
