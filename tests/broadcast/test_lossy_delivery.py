"""The offset protocol: whatever frames are lost, doubled or late, and however often the socket or the process is replaced, what is
shown in the end is exactly what was sent, and nothing was ever shown twice on the way."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from conversations.generation.output import Output
from tests.support.serving import ROOT

Frame = dict[str, Any]

words = st.lists(st.tuples(st.sampled_from(["text", "text", "reasoning"]), st.text(min_size=1, max_size=8)), min_size=1, max_size=12)
LOST, TWICE, LATE, TAKEN_OVER, RECONNECTED = "lost", "twice", "late", "taken over", "reconnected"
accidents = st.lists(st.sampled_from(["", "", LOST, TWICE, LATE, TAKEN_OVER, RECONNECTED]), min_size=12, max_size=12)


@dataclass
class Writer:
    """The server's side: the real output, and frames as the server makes them. Another process may continue from an earlier checkpoint."""

    output: Output = field(default_factory=lambda: Output([]))
    run: int = 0
    saved: list[dict[str, Any]] = field(default_factory=list)

    def say(self, kind: str, text: str) -> Frame:
        part, offset = self.output.append(kind, text)
        return {"type": "delta", "message": "m", "part": part, "kind": kind, "text": text, "offset": offset, "end": self.output.end}

    def checkpoint(self) -> None:
        self.saved = self.output.parts

    def lose_the_process(self) -> None:
        self.run += 1
        self.output = Output(self.saved, self.run)

    def snapshot(self, status: str = "streaming") -> Frame:
        return {"type": "snapshot", "message": "m", "status": status, "parts": self.output.parts, "end": self.output.end}

    def finished(self) -> Frame:
        return {"type": "finished", "message": "m", "status": "complete", "end": self.output.end, "usage": None, "error": None}

    @property
    def text(self) -> str:
        return "".join(part["text"] for part in self.output.parts)


class Page:
    """The page's own module, run by Node."""

    def __init__(self) -> None:
        node = shutil.which("node") or str(ROOT / ".venv" / "bin" / "node")
        self._node = subprocess.Popen(
            [node, "--no-warnings", str(ROOT / "tests" / "page_state.mjs")],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            encoding="utf-8",
        )

    def take(self, frames: list[Frame]) -> list[dict[str, Any]]:
        """What the page answers to each of these frames, and what it shows then."""
        assert self._node.stdin
        assert self._node.stdout
        self._node.stdin.write(json.dumps(frames) + "\n")
        self._node.stdin.flush()
        return json.loads(self._node.stdout.readline())

    def close(self) -> None:
        assert self._node.stdin
        assert self._node.stdout
        self._node.stdin.close()
        self._node.stdout.close()
        self._node.wait(10)


@pytest.fixture(scope="module")
def page() -> Iterator[Page]:
    page = Page()
    yield page
    page.close()


def history(
    said: list[tuple[str, str]], accidents: list[str], checkpoints: list[bool]
) -> tuple[Writer, list[tuple[Frame, Frame, set[str]]]]:
    """What arrives: each frame with the snapshot that an answer to it would bring, and every text that was true so far."""
    writer, late = Writer(), []
    arriving: list[tuple[Frame, Frame, set[str]]] = []
    true = {""}

    def arrive(frame: Frame) -> None:
        arriving.append((frame, writer.snapshot(), set(true)))

    for (kind, text), accident, checkpoint in zip(said, accidents, checkpoints, strict=False):
        frame = writer.say(kind, text)
        true.add(writer.text)
        if accident not in (LOST, LATE):
            arrive(frame)
        if accident == TWICE:
            arrive(frame)
        elif accident == LATE:
            late.append(frame)
        elif accident == RECONNECTED:
            arrive(writer.snapshot())
        elif accident == TAKEN_OVER:
            writer.lose_the_process()
            arrive(writer.snapshot())
        if checkpoint:
            writer.checkpoint()
        if late and accident == "":
            arrive(late.pop())
    for frame in [*late, writer.finished()]:
        arrive(frame)
    return writer, arriving


@settings(derandomize=True, deadline=None, max_examples=300, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(said=words, accidents=accidents, checkpoints=st.lists(st.booleans(), min_size=12, max_size=12))
def test_the_page_shows_exactly_what_was_sent(page: Page, said: list[tuple[str, str]], accidents: list[str], checkpoints: list[bool]):
    writer, arriving = history(said, accidents, checkpoints)
    received: list[Frame] = []
    for frame, snapshot, true in arriving:
        received.append(frame)
        seen = page.take(received)[-1]
        assert seen["text"] in true
        if seen["outcome"] == "resync":  # the page asks, and is given what is there by then
            ended = frame["type"] == "finished"
            received.append({**snapshot, "status": "complete"} if ended else snapshot)
            assert page.take(received)[-1]["text"] == "".join(part["text"] for part in snapshot["parts"])
    shown = page.take(received)[-1]
    assert (shown["text"], shown["status"]) == (writer.text, "complete")
    assert shown["end"] == writer.output.end


def test_a_message_of_another_branch_is_fetched_for_once(page: Page):
    """Each `watch` tells again of what runs there, and each fetch ends with a `watch`."""
    elsewhere = {"type": "snapshot", "message": "elsewhere", "status": "streaming", "parts": [], "end": 0}
    assert [seen["outcome"] for seen in page.take([elsewhere, elsewhere])] == ["resync", "ignored"]


@settings(derandomize=True, deadline=None, max_examples=200)
@given(said=words, run=st.integers(0, 5))
def test_positions_only_grow_whatever_a_new_process_begins_with(said: list[tuple[str, str]], run: int):
    earlier, later = Output([], run), Output([], run + 1)
    for kind, text in said:
        earlier.append(kind, text)
    assert earlier.length == sum(len(text) for _, text in said)
    assert later.end > earlier.end
    assert earlier.end < 2**53
    moved = Output(earlier.parts, run)
    moved.move_to(run + 2)
    assert (moved.length, moved.end > later.end) == (earlier.length, True)
