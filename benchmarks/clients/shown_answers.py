"""What users were shown of each answer, by the offset rule, to be compared with what was saved."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import Any

from .observer import ENDED


@dataclass
class Page:
    """One answer in one user's page."""

    conversation: str
    text: str = ""
    end: int | None = None
    status: str = ""


class Ledger:
    def __init__(self) -> None:
        self.pages: dict[str, Page] = {}
        self.deleted: set[str] = set()
        self.errors: Counter[str] = Counter()
        self.outcomes: Counter[str] = Counter()
        self.resyncs = 0
        self.troubles: list[str] = []

    def frame(self, frame: dict[str, Any]) -> bool:
        """Take a frame about an answer. False where the client must ask for a snapshot."""
        match frame["type"]:
            case "message" if frame["message"]["role"] == "assistant":
                saved = frame["message"]
                self._replace(saved["id"], frame["conversation"], saved["parts"], saved["end"], saved["status"])
            case "snapshot":
                self._replace(frame["message"], frame["conversation"], frame["parts"], frame["end"], frame["status"])
            case "delta":
                page = self.pages.setdefault(frame["message"], Page(frame["conversation"]))
                if page.end == frame["offset"]:
                    page.text, page.end, page.status = page.text + frame["text"], frame["end"], "streaming"
                elif page.end is None:
                    return False
                elif frame["end"] > page.end:
                    self.resyncs += 1
                    return False
            case "finished":
                page = self.pages.setdefault(frame["message"], Page(frame["conversation"]))
                self.outcomes[frame["status"]] += 1
                if page.end != frame["end"]:
                    self.resyncs += 1
                    return False
                page.status = frame["status"]
        return True

    def _replace(self, message: str, conversation: str, parts: list[dict[str, Any]], end: int, status: str) -> None:
        page, text = self.pages.setdefault(message, Page(conversation)), "".join(part.get("text", "") for part in parts)
        if not (text.startswith(page.text) or page.text.startswith(text)):
            same = next(at for at, (new, old) in enumerate(zip(text, page.text, strict=False)) if new != old)
            was, now = f"{len(page.text)} characters up to {page.end} ({page.status})", f"{len(text)} up to {end} ({status})"
            self.troubles.append(f"answer {message} was shown as two different texts: {was}, then {now}; the first {same} are the same")
        if page.end is None or end >= page.end:
            page.text, page.end, page.status = text, end, status

    def missing(self, saved: dict[str, list[str]]) -> list[str]:
        """What was shown and isn't saved; `saved` holds the status and the text of each answer in the database."""
        found = list(self.troubles)
        for message, page in self.pages.items():
            if message not in saved:
                if page.conversation not in self.deleted:
                    found.append(f"answer {message} was shown and is not in the database")
                continue
            status, text = saved[message]
            if not text.startswith(page.text):
                found.append(f"answer {message} ({status}): {len(page.text)} characters were shown, {len(text)} different ones are saved")
            elif page.status in ENDED and page.status == status and text != page.text:
                found.append(f"answer {message} ({status}): shown as ended with {len(page.text)} characters, but {len(text)} are saved")
        return found
