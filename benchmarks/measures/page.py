"""Measures the page in Chromium against the real server, and beside it a bare page that only appends the same stream to a <pre>.

python -m benchmarks.measures.page [--kinds prose fence paragraph table] [--sizes 100 1000] [--rate 50]
"""

from __future__ import annotations

import argparse
import json
import shutil
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from benchmarks.clients.people import sign_in
from benchmarks.providers import longform
from tests.support.scripted_openai import Answer, Finish, Request, ScriptedOpenAI, Text, Wait
from tests.support.serving import Served, Serving

KILO = 1000
PIECE_CHARACTERS = 250
"""In one event of the provider."""
FLAGS = ["--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking", "--disable-component-update"]
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
MAKE_HISTORY = """
import json, sys
from django.utils import timezone
from conversations.models import Conversation, Message, User
owner = User.objects.latest("date_joined")
texts = json.loads(open({path!r}).read())
conversation = Conversation.objects.create(owner=owner, title="A long talk", updated=timezone.now())
parent = None
for number, text in enumerate(texts):
    role, parts = "assistant" if number % 2 else "user", [{{"type": "text", "text": text}}]
    parent = Message.objects.create(conversation=conversation, owner=owner, parent=parent, role=role, parts=parts)
conversation.leaf = parent
conversation.save()
print("ID" + str(conversation.pk))
"""
LAST_SEEN = """
const look = () => {
  const last = document.querySelector("[data-message]:last-child .text :last-child");
  const box = last?.getBoundingClientRect();
  if (box?.height && box.top < innerHeight) requestAnimationFrame(() => setTimeout(() => { window.lastSeen = performance.now(); }));
  else requestAnimationFrame(look);
};
requestAnimationFrame(look);
"""


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


def main() -> int:
    options = arguments()
    with serving() as (server, provider), chromium() as browser:
        context = browser.new_context(base_url=server.address, viewport={"width": 1280, "height": 860})
        name, value = sign_in(server, 1, "reader")[0].cookie.split("=", 1)
        context.add_cookies([{"name": name, "value": value, "url": server.address}])
        context.add_init_script(COUNT)
        rows = [["", "p50", "p95", "max", "scripting", "style, layout", "main thread", "ratio", "took"]]
        notes = []
        for kind in options.kinds:
            for size in options.sizes:
                text = longform.KINDS[kind](size * KILO)
                provider.answer_with = lambda request, text=text: paced(request, text, options.rate)
                bare = stream(browser, context, f"bench {kind} {size} bare", bare=True)
                ours = stream(browser, context, f"bench {kind} {size}", bare=False)
                rows += [cells(f"{size} KB of {kind}", ours, ours.busy / bare.busy), cells("  bare page", bare, None)]
                if len(ours.by_100_kb) > 1:
                    notes.append(f"{size} KB of {kind}, main thread per 100 KB: {' '.join(f'{spent:.2f}' for spent in ours.by_100_kb)} s")
        if options.history:
            notes += history(server, context, options.history)
        context.close()
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    print("\n" + "\n".join("  ".join(cell.rjust(width) for cell, width in zip(row, widths, strict=True)) for row in rows) + "\n")
    print("\n".join(notes))
    return 0


def stream(browser: Browser, context: BrowserContext, question: str, *, bare: bool) -> Streamed:
    page = context.new_page()
    if bare:
        page.goto("/healthz")
        page.evaluate(BARE)
    else:
        page.goto("/")
    page.wait_for_timeout(500)
    session = context.new_cdp_session(page)
    session.send("Performance.enable")
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
            if time.monotonic() - begun > 90:
                raise RuntimeError(f"“{question}” did not end.")
            time.sleep(0.1)
        page.wait_for_timeout(1500)
        trace = json.loads(browser.stop_tracing())
    after, seconds = metrics(session), time.monotonic() - begun
    page.close()
    spent_on = {name: after[name] - before[name] for name in after}
    return Streamed(
        tasks=sorted(task for task in main_thread_tasks(trace) if task >= MIN_TASK_MILLISECONDS),
        scripting=spent_on["ScriptDuration"],
        rendering=spent_on["LayoutDuration"] + spent_on["RecalcStyleDuration"],
        busy=spent_on["TaskDuration"],
        seconds=seconds,
        by_100_kb=marks,
    )


def main_thread_tasks(trace: dict[str, Any]) -> Iterator[float]:
    """The durations of the page's tasks, in milliseconds: of the renderer that ran the most."""
    events = trace["traceEvents"]
    mains = {(e["pid"], e["tid"]) for e in events if e.get("name") == "thread_name" and e["args"]["name"] == "CrRendererMain"}
    by_thread: dict[tuple[int, int], list[float]] = {key: [] for key in mains}
    for event in events:
        if event.get("ph") == "X" and event["name"] == "ThreadControllerImpl::RunTask" and (event["pid"], event["tid"]) in by_thread:
            by_thread[event["pid"], event["tid"]].append(event["dur"] / 1000)
    yield from max(by_thread.values(), key=sum, default=[])


def history(server: Served, context: BrowserContext, count: int) -> Iterator[str]:
    """A conversation of `count` messages: when its end is shown, and how long it takes to load all of it."""
    with tempfile.NamedTemporaryFile("w", suffix=".json") as file:
        json.dump([longform.message(number) for number in range(count)], file)
        file.flush()
        printed = server.manage("shell", "--no-imports", "-c", MAKE_HISTORY.format(path=file.name))
    address = f"/c/{printed.split('ID')[1].strip()}/"
    seen, answered = [], []
    for _ in range(7):
        page = context.new_page()
        page.add_init_script(LAST_SEEN)
        page.goto(address)
        until(page, "window.lastSeen")
        seen.append(page.evaluate("lastSeen"))
        answered.append(page.evaluate("performance.getEntriesByType('navigation')[0].responseStart"))
        page.close()
    warm, served = statistics.median(seen[1:]), statistics.median(answered[1:])
    yield f"{count} messages: the end is seen {warm:.0f} ms after navigation, {served:.0f} of them the server's (cold: {seen[0]:.0f} ms)"
    page = context.new_page()
    page.goto(address)
    until(page, "document.querySelectorAll('[data-message]').length")
    begun = time.monotonic()
    while page.evaluate("document.querySelectorAll('[data-message]').length") < count:
        page.evaluate("document.querySelector('.main > .scroll').scrollTop = 0")
        time.sleep(0.01)
        if time.monotonic() - begun > 120:
            raise RuntimeError("The older messages did not come.")
    yield f"{count} messages: all of them are there after {time.monotonic() - begun:.1f} s of scrolling up"
    page.close()


def until(page: Page, condition: str) -> None:
    """Playwright's own way to wait evaluates text within the page, which the page's policy forbids."""
    deadline = time.monotonic() + 60
    while not page.evaluate(condition):
        if time.monotonic() > deadline:
            raise RuntimeError(f"This did not become true: {condition}")
        time.sleep(0.02)


def paced(request: Request, text: str, rate: int) -> Answer | None:
    """The text in pieces at `rate` KB/s, as the answer to a question of this benchmark."""
    if not request.question.startswith("bench"):
        return None
    pause = PIECE_CHARACTERS / (rate * KILO)
    steps: list[Any] = []
    for at in range(0, len(text), PIECE_CHARACTERS):
        steps += [Text(text[at : at + PIECE_CHARACTERS]), Wait(pause)]
    return Answer(steps=(*steps, Finish()))


def metrics(session: Any) -> dict[str, float]:
    found = {entry["name"]: entry["value"] for entry in session.send("Performance.getMetrics")["metrics"]}
    return {name: found[name] for name in ("TaskDuration", "ScriptDuration", "LayoutDuration", "RecalcStyleDuration")}


def cells(what: str, streamed: Streamed, ratio: float | None) -> list[str]:
    tasks = [f"{value:.1f} ms" for value in (streamed.percentile(0.5), streamed.percentile(0.95), streamed.percentile(1))]
    times = [f"{value:.2f} s" for value in (streamed.scripting, streamed.rendering, streamed.busy)]
    return [what, *tasks, *times, f"{ratio:.1f}" if ratio else "", f"{streamed.seconds:.0f} s"]


@contextmanager
def serving() -> Iterator[tuple[Served, ScriptedOpenAI]]:
    serve = Serving(forked=False, from_template=False)
    try:
        with ScriptedOpenAI.in_thread() as provider:
            yield serve(provider.base_url, OPENAI_API="chat_completions"), provider
    finally:
        serve.end()


@contextmanager
def chromium() -> Iterator[Browser]:
    path = shutil.which("chromium") or shutil.which("chromium-browser")
    if path is None:
        sys.exit("There is no Chromium on this machine: install it and run this again.")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=FLAGS)
        yield browser
        browser.close()


def arguments() -> argparse.Namespace:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--kinds", nargs="*", default=["prose"], choices=list(longform.KINDS))
    options.add_argument("--sizes", nargs="*", type=int, default=[100, 1000], help="KB of an answer")
    options.add_argument("--rate", type=int, default=50, help="KB/s at which it is streamed")
    options.add_argument("--history", type=int, default=1000, help="messages in the long conversation; 0 leaves it out")
    return options.parse_args()


if __name__ == "__main__":
    sys.exit(main())
