"""The processor time that processes have used, in seconds, and their memory."""

from __future__ import annotations

from collections.abc import Callable

import psutil

Clock = Callable[[], float]
MEGABYTE = 1024 * 1024


def of(process: psutil.Process) -> Clock:
    def read() -> float:
        times = process.cpu_times()
        return float(times.user + times.system)

    return read


def of_family(process: psutil.Process) -> Clock:
    """With all children, those that have ended, too."""

    def read() -> float:
        used = 0.0
        for member in [process, *process.children()]:
            try:
                times = member.cpu_times()
            except psutil.NoSuchProcess:  # from now on it counts among its parent's children
                continue
            used += times.user + times.system
        ended = process.cpu_times()
        return used + float(ended.children_user + ended.children_system)

    return read


def pss(process: psutil.Process) -> float:
    """Megabytes; memory that processes share counts once."""
    return float(process.memory_full_info().pss) / MEGABYTE


def rss(process: psutil.Process) -> float:
    return float(process.memory_info().rss) / MEGABYTE
