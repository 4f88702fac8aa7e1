"""One answer streamed into the page, or into a bare page that only appends it to a <pre>: how long the main thread is held up."""

from __future__ import annotations

import json
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, BrowserContext

from tests.support.scripted_openai import Answer, Finish, Request, Text, Wait

from .chromium import metrics, watched

KILO = 1000
PIECE_CHARACTERS = 250
"""In one event of the provider."""
PATIENCE_SECONDS = 90
TRACED = ["toplevel", "devtools.timeline", "disabled-by-default-devtools.timeline"]
MIN_TASK_MILLISECONDS = 1.0
"""Shorter tasks are the browser's own housekeeping, and would hide the long ones in a percentile."""
COUNT = """
window.received = 0;
window.finished = false;
window.WebSocket = class extends WebSocket {
  constructor(...given) {
    super(...given);
    this.addEventListener("message", ({ data }) => {
      const type = data.slice(9, 14);
      if (type === "delta") window.received += JSON.parse(data).text.length;
      else if (type === "finis") window.finished = true;
    });
  }
};
"""
BARE = """() => {
  const socket = new WebSocket(`ws://${location.host}/ws/`), pre = document.createElement("pre");
  pre.style.whiteSpace = "pre-wrap";
  document.body.replaceChildren(pre);
  socket.onmessage = ({ data }) => {
    const frame = JSON.parse(data);
    if (frame.type === "delta") pre.append(frame.text);
  };
  const empty = { id: crypto.randomUUID(), conversation: null, parent: null, attachments: [] };
  window.ask = (text) => socket.send(JSON.stringify({ type: "send", text, ...empty }));
}"""


@dataclass
class Streamed:
    """One answer in one page: tasks of the main thread in milliseconds, the rest in seconds."""

    tasks: list[float]
    scripting: float
    rendering: float
    busy: float
    seconds: float
    by_100_kb: list[float] = field(default_factory=list)  # of the main thread's time, as the answer grows

    def percentile(self, share: float) -> float:
        return self.tasks[min(len(self.tasks) - 1, int(len(self.tasks) * share))] if self.tasks else 0.0


def paced(request: Request, text: str, rate: int) -> Answer | None:
    """The text in pieces at `rate` KB/s, as the answer to a question of this benchmark."""
    if not request.question.startswith("bench"):
        return None
    pause = PIECE_CHARACTERS / (rate * KILO)
    steps: list[Any] = []
    for at in range(0, len(text), PIECE_CHARACTERS):
        steps += [Text(text[at : at + PIECE_CHARACTERS]), Wait(pause)]
    return Answer(steps=(*steps, Finish()))


def stream(browser: Browser, context: BrowserContext, question: str, *, bare: bool) -> Streamed:
    """Ask the question in a new page of this window, where `paced` answers it."""
    page = context.new_page()
    page.add_init_script(COUNT)
    if bare:
        page.goto("/healthz")
        page.evaluate(BARE)
    else:
        page.goto("/")
    page.wait_for_timeout(500)
    session = watched(page)
    before, begun = metrics(session), time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        browser.start_tracing(page=page, path=Path(folder) / "trace.json", categories=TRACED)
        if bare:
            page.evaluate("ask", question)
        else:
            page.locator("textarea").fill(question)
            page.locator("textarea").press("Enter")
        marks, at, spent = [], 0, before["TaskDuration"]
        while not page.evaluate("finished"):
            if (received := page.evaluate("received")) >= at + 100 * KILO:
                now = metrics(session)["TaskDuration"]
                marks.append((now - spent) * 100 * KILO / (received - at))
                at, spent = received, now
            if time.monotonic() - begun > PATIENCE_SECONDS:
                raise RuntimeError(f"“{question}” did not end.")
            time.sleep(0.1)
        page.wait_for_timeout(1500)
        trace = json.loads(browser.stop_tracing())
    after, seconds = metrics(session), time.monotonic() - begun
    page.close()
    spent_on = {name: after[name] - before[name] for name in after}
    return Streamed(
        tasks=sorted(task for task in _main_thread_tasks(trace) if task >= MIN_TASK_MILLISECONDS),
        scripting=spent_on["ScriptDuration"],
        rendering=spent_on["LayoutDuration"] + spent_on["RecalcStyleDuration"],
        busy=spent_on["TaskDuration"],
        seconds=seconds,
        by_100_kb=marks,
    )


def _main_thread_tasks(trace: dict[str, Any]) -> Iterator[float]:
    """Milliseconds of processor time of each of the page's tasks: of the renderer that ran the most."""
    events = trace["traceEvents"]
    mains = {(e["pid"], e["tid"]) for e in events if e.get("name") == "thread_name" and e["args"]["name"] == "CrRendererMain"}
    by_thread: dict[tuple[int, int], list[float]] = {key: [] for key in mains}
    for event in events:
        if event.get("ph") == "X" and event["name"] == "ThreadControllerImpl::RunTask" and (event["pid"], event["tid"]) in by_thread:
            by_thread[event["pid"], event["tid"]].append(event.get("tdur", 0) / 1000)
    yield from max(by_thread.values(), key=sum, default=[])
