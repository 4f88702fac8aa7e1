"""The offset rule of the protocol, as the page's own module keeps it: every text is shown exactly once."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import Page

RUN = """async ([messages, steps]) => {
  const { ConversationState } = await import("conversation/state");
  const state = new ConversationState("c", { messages, older: false });
  const outcomes = steps.map(([method, argument]) => state[method](argument));
  return { outcomes, path: state.path.map(({ id, status, end, parts }) => [id, status, end, parts.map(({ text }) => text).join("|")]) };
}"""


def message(id: str, parent: str | None, role: str, status: str = "complete", text: str = "", **fields: Any) -> dict[str, Any]:
    parts = [{"type": "text", "text": text}] if text else []
    return {"id": id, "parent": parent, "role": role, "status": status, "parts": parts, "end": len(text), "siblings": [id], **fields}


def delta(text: str, offset: int, *, part: int = 0, kind: str = "text", of: str = "a") -> tuple[str, dict[str, Any]]:
    return "applyDelta", {"message": of, "part": part, "kind": kind, "text": text, "offset": offset, "end": offset + len(text)}


PATH = [message("q", None, "user", text="Hi"), message("a", "q", "assistant", "pending")]


@pytest.fixture
def run(modules: Page):
    return lambda steps, messages=PATH: modules.evaluate(RUN, [messages, steps])


def test_deltas_in_order_are_applied(run) -> None:
    result = run([delta("Hm", 0, kind="reasoning"), delta("Yes", 2, part=1), delta(".", 5, part=1)])
    assert result["outcomes"] == ["applied"] * 3
    assert result["path"][1] == ["a", "streaming", 6, "Hm|Yes."]


def test_a_delta_that_came_twice_is_ignored(run) -> None:
    result = run([delta("One", 0), delta("One", 0), delta(" two", 3), delta("One", 0)])
    assert result["outcomes"] == ["applied", "ignored", "applied", "ignored"]
    assert result["path"][1][3] == "One two"


def test_a_gap_asks_for_a_snapshot_which_mends_it(run) -> None:
    snapshot = {"message": "a", "status": "streaming", "parts": [{"type": "text", "text": "One two"}], "end": 7}
    result = run([delta("One", 0), delta(" three", 7), ("applySnapshot", snapshot), delta(" three", 7)])
    assert result["outcomes"] == ["applied", "resync", "applied", "applied"]
    assert result["path"][1][3] == "One two three"


def test_what_turned_out_to_be_reasoning_is_asked_for_where_it_is_held_as_text(run) -> None:
    turned = {"message": "a", "status": "streaming", "parts": [{"type": "reasoning", "text": "Hm"}], "end": 2}
    result = run([delta("Hm", 0), delta("Yes", 2, part=1), ("applySnapshot", turned), delta("Yes", 2, part=1)])
    assert result["outcomes"] == ["applied", "resync", "applied", "applied"]
    assert result["path"][1][3] == "Hm|Yes"


def test_an_old_snapshot_takes_nothing_back(run) -> None:
    old = {"message": "a", "status": "streaming", "parts": [{"type": "text", "text": "One"}], "end": 3}
    result = run([delta("One", 0), delta(" two", 3), ("applySnapshot", old)])
    assert result["path"][1][3] == "One two"


def test_a_snapshot_of_an_answer_that_ended_meanwhile_asks_for_the_rest(run) -> None:
    ended = {"message": "a", "status": "complete", "parts": [{"type": "text", "text": "Done"}], "end": 4}
    assert run([("applySnapshot", ended)])["outcomes"] == ["resync"]
    assert run([("applySnapshot", {**ended, "message": "unknown"})])["outcomes"] == ["resync"]


def test_the_end_is_believed_only_at_the_right_place(run) -> None:
    finished = {"message": "a", "status": "complete", "end": 3, "usage": None, "error": None}
    assert run([delta("One", 0), ("applyFinished", finished)])["outcomes"][-1] == "applied"
    assert run([delta("On", 0), ("applyFinished", finished)])["outcomes"][-1] == "resync"


def test_new_messages_extend_the_path_or_leave_it_for_a_branch(run) -> None:
    longer = [*PATH[:1], message("a", "q", "assistant", text="Yes"), message("q2", "a", "user", text="And?")]
    again = message("b", "q", "assistant", "pending", siblings=["a", "b"])
    assert [one[0] for one in run([("applyMessage", message("a2", "q2", "assistant", "pending"))], longer)["path"]] == [
        "q",
        "a",
        "q2",
        "a2",
    ]
    assert [one[0] for one in run([("applyMessage", again)], longer)["path"]] == ["q", "b"]
    assert run([("applyMessage", message("x", "unknown", "user"))], longer)["outcomes"] == ["resync"]
    assert [one[0] for one in run([("applyMessage", message("root", None, "user"))], longer)["path"]] == ["root"]


def test_what_was_fetched_does_not_undo_what_was_streamed(run) -> None:
    fetched = {"messages": [PATH[0], message("a", "q", "assistant", "streaming", "One")], "older": False}
    result = run([delta("One", 0), delta(" two", 3), ("replace", fetched)])
    assert result["path"][1][3] == "One two"


def test_local_messages_get_their_real_names(modules: Page) -> None:
    path = modules.evaluate("""async () => {
      const { ConversationState } = await import("conversation/state");
      const state = new ConversationState(null);
      state.addLocal("local", "Hi");
      state.settle("local", "q", "a");
      state.applyMessage({ id: "q", parent: null, role: "user", status: "complete", parts: [{ type: "text", text: "Hi" }], end: 2, siblings: ["q"] });
      state.applyMessage({ id: "a", parent: "q", role: "assistant", status: "pending", parts: [], end: 0, siblings: ["a"] });
      return state.path.map(({ id, parent, key, local }) => [id, parent, key, local]);
    }""")
    assert path == [["q", None, "local", False], ["a", "q", "local-reply", False]]
