"""`manage.py serve` under a sampling profiler: SIGUSR2 begins a profile, the next one ends it and writes it down.

DATA_DIR=var python -m benchmarks.servers.profiled serve --port 8000        writes var/profile-<process id>.json
"""

from __future__ import annotations

import json
import os
import signal
import sys
import threading
import time
from collections import defaultdict
from pathlib import Path
from types import FrameType

SAMPLE_SECONDS = 0.002
"""Processor time between two samples."""
ROOT = str(Path(__file__).resolve().parents[2])


class Profile:
    """Samples by processor time rather than by the clock: a sleeping thread costs nothing and isn't counted.

    The signal is handled by the main thread, between two steps of Python code: what C code costs counts for its caller,
    and what other threads used since the last sample is counted under their own names.
    """

    def __init__(self) -> None:
        self.own: defaultdict[str, float] = defaultdict(float)
        self.cumulative: defaultdict[str, float] = defaultdict(float)
        self.modules: defaultdict[str, float] = defaultdict(float)
        self.others = 0.0
        self._main, self._all = time.thread_time(), time.process_time()

    def sample(self, signum: int, frame: FrameType | None) -> None:
        main, everything = time.thread_time(), time.process_time()
        used, others = main - self._main, max(0.0, (everything - self._all) - (main - self._main))
        self._main, self._all = main, everything
        self.others += others
        self._count(frame, used)
        if others > SAMPLE_SECONDS / 4:
            here = threading.get_ident()
            awake = [top for ident, top in sys._current_frames().items() if ident != here and not _waits(top)]
            for top in awake:
                self._count(top, others / len(awake))

    def _count(self, frame: FrameType | None, seconds: float) -> None:
        if frame is None:
            return
        self.own[_name(frame)] += seconds
        self.modules[_module(frame)] += seconds
        seen: set[str] = set()
        while frame is not None:
            seen.add(_name(frame))
            frame = frame.f_back
        for name in seen:
            self.cumulative[name] += seconds

    def result(self) -> dict[str, object]:
        names = {*_most(self.own, 60), *_most(self.cumulative, 120)}
        return {
            "seconds": sum(self.own.values()),
            "other_threads": self.others,
            "functions": [[name, self.own[name], self.cumulative[name]] for name in sorted(names, key=lambda name: -self.own[name])],
            "modules": [[name, self.modules[name]] for name in _most(self.modules, 40)],
        }


def _most(counted: dict[str, float], number: int) -> list[str]:
    return sorted(counted, key=counted.__getitem__, reverse=True)[:number]


def _waits(frame: FrameType) -> bool:
    return _module(frame) in ("threading", "queue", "concurrent.futures.thread", "selectors")


def _module(frame: FrameType) -> str:
    return str(frame.f_globals.get("__name__", "?"))


def _name(frame: FrameType) -> str:
    return f"{_module(frame)}:{frame.f_code.co_qualname}"


def toggle(signum: int, frame: FrameType | None) -> None:
    global _profile
    if _profile is None:
        _profile = Profile()
        signal.signal(signal.SIGPROF, _profile.sample)
        signal.setitimer(signal.ITIMER_PROF, SAMPLE_SECONDS, SAMPLE_SECONDS)
    else:
        signal.setitimer(signal.ITIMER_PROF, 0)
        path = Path(os.environ["DATA_DIR"]) / f"profile-{os.getpid()}.json"
        whole = path.with_suffix(".part")
        whole.write_text(json.dumps(_profile.result()))
        whole.rename(path)  # a reader that waits for the file finds all of it
        _profile = None


_profile: Profile | None = None

if __name__ == "__main__":
    signal.signal(signal.SIGUSR2, toggle)
    signal.signal(signal.SIGPROF, signal.SIG_IGN)  # a last signal may come after the end
    sys.path[0] = ROOT
    import manage

    manage.main()
