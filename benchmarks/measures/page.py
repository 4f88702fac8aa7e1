"""The chat page in Chromium, beside bare pages of the same server: how soon it can be used, and what holds it up.

Also by itself: python -m benchmarks.measures.page [--loads 10] [--kinds prose fence paragraph table list] [--sizes 100 1000] [--rate 50]
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from statistics import median

from playwright.sync_api import Browser

from benchmarks.browser import clicking, loading, pasting, stored, streaming
from benchmarks.browser.chromium import chromium, signed_in, until
from benchmarks.clients.people import sign_in
from benchmarks.providers import longform
from benchmarks.report import Report, Row
from benchmarks.run import say
from tests.support import template
from tests.support.chromium import path
from tests.support.scripted_openai import ScriptedOpenAI
from tests.support.serving import Served, Serving

LOADS = 10
ROWS = 2400
MESSAGES = 1000
CLICKS = 20
PASTES = 8
STREAMS = 5
LONG_TASK_MS = 50.0
HEADING = "the page in Chromium, on SQLite (in place of the relay: a bare page of the same server)"


def measure(report: Report, options: argparse.Namespace) -> None:
    """Add the rows of all that is chosen; without a Chromium, only a note that there is none."""
    if path() is None:
        report.notes.append("the page was left out: there is no Chromium on this machine")
        return
    with _serving() as (server, provider), chromium() as browser:
        cookie = sign_in(server, 1, "reader")[0].cookie
        say("page: writing conversations …")
        long = f"/c/{stored.write(server, 'reader-0', 1, options.messages)[0]}/"
        stored.write(server, "reader-0", options.rows)
        rows: list[Row] = []
        if options.loads:
            say("page: loading …")
            rows += _loaded(browser, server, cookie, long, options)
        if options.clicks:
            say("page: clicking …")
            took, bare = clicking.click_rows(browser, server, cookie, options.rows, options.clicks + 1)
            what = f"a click among {options.rows:,} conversations until the answer is painted"
            rows += [Row(what, 100, median(took), median(bare), "ms"), Row("  the slowest", None, max(took), max(bare), "ms")]
        if options.pastes:
            say("page: pasting …")
            sent, kilobytes = pasting.paste(browser, server, cookie, options.pastes)
            rows += [Row(f"a screenshot of {kilobytes:,.0f} KB, from paste to sent", 500, median(sent), unit="ms")]
            rows += [Row("  the slowest", None, max(sent), unit="ms")]
        for kind in options.kinds:
            for size in options.sizes:
                say(f"page: streaming {size} KB of {kind} …")
                rows += _streamed(browser, server, cookie, provider, kind, size, options)
        report.add(HEADING, rows)
        if options.history:
            report.notes += _history(browser, server, cookie, long, options.messages)


def _loaded(browser: Browser, server: Served, cookie: str, long: str, options: argparse.Namespace) -> Iterator[Row]:
    new = loading.load(browser, server, cookie, "/", options.loads)
    yield Row("new chat, cold cache: composer usable", 500, median(new.composer), median(new.smallest), "ms")
    yield Row("  the slowest", None, max(new.composer), max(new.smallest), "ms")
    yield Row("  the page itself has come", None, median(new.answered), None, "ms")
    yield Row("  processor time of its main thread", None, median(new.busy), None, "ms")
    yield Row("  requests", 30, max(new.requests))
    yield Row("  bytes", 120_000, max(new.size))
    read = loading.load(browser, server, cookie, long, options.loads)
    yield Row(f"{options.messages:,} messages, cold cache: the end is painted", 500, median(read.end), median(read.smallest), "ms")
    yield Row("  the slowest", None, max(read.end), max(read.smallest), "ms")
    yield Row("  composer usable", 500, median(read.composer), median(read.smallest), "ms")
    yield Row("  the page itself has come", None, median(read.answered), None, "ms")
    yield Row("  processor time of its main thread", None, median(read.busy), None, "ms")
    yield Row("  requests", None, max(read.requests))
    yield Row("  bytes", None, max(read.size))


def _streamed(
    browser: Browser, server: Served, cookie: str, provider: ScriptedOpenAI, kind: str, size: int, options: argparse.Namespace
) -> Iterator[Row]:
    text = longform.KINDS[kind](size * streaming.KILO)
    provider.answer_with = lambda request: streaming.paced(request, text, options.rate)
    ours, bare = [], []
    with signed_in(browser, server, cookie) as context:
        for number in range(options.streams):
            bare.append(streaming.stream(browser, context, f"bench {kind} {size} {number} bare", bare=True))
            ours.append(streaming.stream(browser, context, f"bench {kind} {size} {number}", bare=False))
    longest, bare_longest = [one.percentile(1) for one in ours], [one.percentile(1) for one in bare]
    yield Row(f"{size} KB of {kind} streamed: longest task", LONG_TASK_MS, median(longest), median(bare_longest), "ms")
    yield Row("  of all runs", None, max(longest), max(bare_longest), "ms")
    yield Row("  95th percentile of tasks", LONG_TASK_MS, *_medians(lambda one: one.percentile(0.95), ours, bare), "ms")
    yield Row("  processor time of the main thread", None, *_medians(lambda one: 1000 * one.busy, ours, bare), "ms")
    yield Row("  of it scripting", None, *_medians(lambda one: 1000 * one.scripting, ours, bare), "ms")
    if len(ours[0].by_100_kb) > 1:
        yield Row("  main thread for the first 100 KB", None, 1000 * ours[0].by_100_kb[0], unit="ms")
        yield Row("  main thread for the last 100 KB", None, 1000 * ours[0].by_100_kb[-1], unit="ms")


def _medians(
    of: Callable[[streaming.Streamed], float], ours: list[streaming.Streamed], bare: list[streaming.Streamed]
) -> tuple[float, float]:
    return median(map(of, ours)), median(map(of, bare))


def _history(browser: Browser, server: Served, cookie: str, address: str, count: int) -> Iterator[str]:
    """How long it takes to load all of a conversation."""
    with signed_in(browser, server, cookie) as context:
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


@contextmanager
def _serving() -> Iterator[tuple[Served, ScriptedOpenAI]]:
    serve = Serving(forked=False, from_template=False)
    try:
        with ScriptedOpenAI.in_thread() as provider:
            yield serve(provider.base_url, OPENAI_API="chat_completions"), provider
    finally:
        serve.end()


def arguments(given: list[str] | None = None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--loads", type=int, default=LOADS, help="of each page; 0 leaves them out")
    parser.add_argument("--messages", type=int, default=MESSAGES, help="in the long conversation")
    parser.add_argument("--clicks", type=int, default=CLICKS, help="in the sidebar; 0 leaves them out")
    parser.add_argument("--pastes", type=int, default=PASTES, help="of a screenshot; 0 leaves them out")
    parser.add_argument("--rows", type=int, default=ROWS, help="conversations in the sidebar")
    parser.add_argument("--streams", type=int, default=STREAMS, help="of each kind and size")
    parser.add_argument("--kinds", nargs="*", default=["prose"], choices=list(longform.KINDS))
    parser.add_argument("--sizes", nargs="*", type=int, default=[100], help="KB of an answer")
    parser.add_argument("--rate", type=int, default=50, help="KB/s at which it is streamed")
    parser.add_argument("--history", action="store_true", help="also how long it takes to load all of the long conversation")
    return parser.parse_args(given)


def main() -> int:
    report = Report()
    with template.folder():
        measure(report, arguments())
    print(f"\n{report}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
