"""What a reply has said so far, and the positions in it (see `models.position`)."""

from __future__ import annotations

from typing import Any

from conversations.models import position
from conversations.models.message_content import length_of
from conversations.providers.parts import Call, Source

Part = dict[str, Any]


class Output:
    """Grows by appending. Texts are joined only when they are read."""

    __slots__ = ("_chunks", "_parts", "_start", "end")

    def __init__(self, parts: list[Part], run: int = 0) -> None:
        self._parts = [dict(part) for part in parts]
        self._chunks: list[str] = []  # of the last part, not yet joined into it
        self._start = position(run, 0)
        self.end = position(run, length_of(parts))

    @property
    def length(self) -> int:
        """Code points of all parts, and 1 for each picture."""
        return self.end - self._start

    def move_to(self, run: int) -> None:
        """What was said belongs to a later run from now on."""
        self.end = position(run, self.length)
        self._start = position(run, 0)

    def append(self, kind: str, text: str, call: Call | None = None) -> tuple[int, int]:
        """Add `text` to the last part, or to a new one where the kind changes or a call begins. Returns the part's index and the offset."""
        if not self._parts or self._parts[-1]["type"] != kind or call is not None:
            self._join()
            self._parts.append({"type": kind, "text": ""} if call is None else {"type": kind, "text": "", **call._asdict()})
        self._chunks.append(text)
        offset = self.end
        self.end += len(text)
        return len(self._parts) - 1, offset

    def append_picture(self, part: Part) -> None:
        """One that was made, after all that was said."""
        self._join()
        self._parts.append(part)
        self.end += 1

    def cite(self, source: Source) -> None:
        """Note a page that the text cites, beside its last part: no position changes. One that comes before all text is passed over."""
        text = next((part for part in reversed(self._parts) if part["type"] == "text"), None)
        if text is not None and all(known["url"] != source.url for known in text.get("sources", ())):
            text["sources"] = [*text.get("sources", ()), source._asdict()]

    def turn_into_reasoning(self, characters: int) -> None:
        """The last so many characters were reasoning. No position changes."""
        self._join()
        last = self._parts[-1] if self._parts else {"type": ""}
        if last["type"] != "text" or not (count := min(characters, len(last["text"]))):
            return
        text = last["text"]
        thought = {**last, "type": "reasoning", "text": text[len(text) - count :]}
        self._parts[-1:] = [thought] if count == len(text) else [{**last, "text": text[: len(text) - count]}, thought]

    def note(self, **facts: Any) -> None:
        """Write facts beside the text of the last part."""
        self._parts[-1].update(facts)

    @property
    def has_calls(self) -> bool:
        return any(part["type"] == "tool_call" for part in self._parts)

    @property
    def parts(self) -> list[Part]:
        """All parts as they are now; the caller may keep them."""
        self._join()
        return [dict(part) for part in self._parts]

    def _join(self) -> None:
        if self._chunks:
            self._parts[-1]["text"] += "".join(self._chunks)
            self._chunks.clear()
