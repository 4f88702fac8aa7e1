"""Measures against the budgets, and against a plain relay under the same load in the same run.

make bench ARGS="--shapes sqlite two --measures paced --streams 100 --seconds 20"
"""

from __future__ import annotations

import argparse
import os
import shutil
import sys

from benchmarks.measures import alone, api, clocks, files, flat_out, idle, paced, page, reports, together
from benchmarks.servers.shapes import PROCESSES, SHAPES
from tests.support import template, throwaway_servers

from . import processes
from .report import Row
from .run import Run, say

MEASURES = {
    "alone": "start, idle memory, one reply's delays",
    "paced": "many replies at a provider's pace",
    "api": "the same number of answers over the API, beside sockets",
    "together": "many people who press send at once: a whole reply's cost, the first token",
    "flat": "as fast as it goes",
    "long": "an answer of a megabyte",
    "idle": "many open sockets",
    "files": "the largest file, uploaded and downloaded",
    "reports": "the admin's reports on a month of a million attempts",
    "page": "the chat page in Chromium",
}
WITHOUT_LOAD = {"reports", "page"}
"""They bring their own server, or need none."""
ON_SQLITE_ONLY = {"api", "flat", "long", "idle", "files"}
"""Unless only one shape is chosen: their results hardly differ."""


def main() -> int:
    options = arguments()
    if options.soak:
        from benchmarks.measures import soak

        return soak.main(options.shapes, options.minutes)
    for name in ("DATABASE_URL", "REDIS_URL"):  # the shapes bring their own
        os.environ[name] = ""
    with processes.upstream() as (base_url, provider):
        run = Run(options, base_url, provider)
        for kind in options.shapes if set(options.measures) - WITHOUT_LOAD else ():
            if kind != "sqlite" and not (throwaway_servers.postgres_folder() and shutil.which("redis-server")):
                run.report.notes.append(f"{kind} was left out: there is no PostgreSQL or no Redis on this machine")
                continue
            measure(run, kind)
        if "reports" in options.measures:
            run.report.add(*reports.rows())
        if "page" in options.measures:
            page.measure(run.report, page.arguments([]))
    print(f"\n{run.report}")
    return 1 if run.report.troubles else 0


def measure(run: Run, kind: str) -> None:
    chosen = {name for name in run.options.measures if kind == "sqlite" or len(run.options.shapes) == 1 or name not in ON_SQLITE_ONLY}
    if PROCESSES[kind] > 1:
        chosen &= {"paced", "together"}
    with SHAPES[kind](run.base_url, run.program) as shape:
        say(f"{shape.name}: starting …")
        started = alone.start(shape)
        for _ in range(PROCESSES[kind] - 1):
            shape.start()
        if "alone" in chosen:
            run.report.add(f"{shape.name}: idle, or one user", [started, *alone.memory(shape), *alone.one_reply(run, shape)])
        if "files" in chosen:
            files.rows(run, shape)
        if "idle" in chosen:
            idle.rows(run, shape)
        if "paced" in chosen:
            for streams in run.options.streams:
                paced.rows(run, kind, shape, streams)
                if PROCESSES[kind] > 1:
                    paced.rows(run, kind, shape, streams, crossing=True)
        if "api" in chosen:
            for streams in run.options.streams:
                api.rows(run, shape, streams)
        if "together" in chosen:
            for people_count in run.options.streams:
                together.rows(run, shape, people_count)
        if "flat" in chosen:
            flat_out.flat_out(run, shape)
        if "long" in chosen:
            flat_out.long_answer(run, shape)
        memory = [Row(f"process {number}", None, clocks.pss(process), unit="MB") for number, process in enumerate(shape.processes, 1)]
        run.report.add(f"{shape.name}: memory (PSS) after all that", memory)


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="make bench", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--shapes", nargs="+", choices=SHAPES, default=list(SHAPES), help="default: all of them")
    measures = "; ".join(f"{name}: {what}" for name, what in MEASURES.items())
    parser.add_argument("--measures", nargs="+", choices=MEASURES, default=list(MEASURES), help=f"{measures} (default: all of them)")
    parser.add_argument("--streams", type=int, nargs="+", default=[100, 200], help="replies at once (default: 100 200)")
    parser.add_argument("--seconds", type=int, default=15, help="how long each streams (default: 15)")
    parser.add_argument("--rate", type=int, default=50, help="tokens a second of each (default: 50)")
    parser.add_argument("--ramp", type=float, default=2.0, help="seconds within which all questions are sent (default: 2)")
    parser.add_argument("--rounds", type=int, default=3, help="loads of each kind in `together`, whose medians count (default: 3)")
    parser.add_argument("--sockets", type=int, default=1000, help="open sockets on which nothing happens (default: 1000)")
    parser.add_argument(
        "--idle-seconds", type=int, default=120, help="how long these are measured (default: 120, in which each is checked once)"
    )
    parser.add_argument("--no-relay", dest="relay", action="store_false", help="leave the baseline out")
    parser.add_argument(
        "--chainlit",
        metavar="PYTHON",
        help="the Python of an environment where Chainlit is installed: `together` is compared with it in place of the relay",
    )
    parser.add_argument("--profile", action="store_true", help="say where the server's time goes in each load; figures grow a little")
    parser.add_argument("--soak", action="store_true", help="instead: users who connect, disconnect and stop, and whether anything grows")
    parser.add_argument("--minutes", type=float, default=3.0, help="how long the soak takes in each shape (default: 3)")
    return parser.parse_args()


if __name__ == "__main__":
    with template.folder():  # where what the servers are managed with is found
        code = main()
    sys.exit(code)
