"""One run of the benchmarks: its options, the provider that all loads share, and the results so far."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import psutil

from benchmarks.measures import clocks, profiles
from benchmarks.measures.load import Measured
from benchmarks.servers.shapes import PLAIN, Shape

from .report import Report


@dataclass
class Run:
    options: argparse.Namespace
    base_url: str
    provider: psutil.Process
    report: Report = field(default_factory=Report)
    relayed: dict[int, Measured] = field(default_factory=dict)
    """The plain relay under each number of streams: measured once, compared with every shape."""
    baselines_together: dict[tuple[int, int], Measured] = field(default_factory=dict)
    """The plain relay, or Chainlit, where all begin at once, by their number and the tokens of each."""

    @property
    def program(self) -> tuple[str, ...]:
        return profiles.PROGRAM if self.options.profile else PLAIN

    def watched(self, shape: Shape) -> dict[str, clocks.Clock]:
        return {**shape.clocks, "provider": clocks.of(self.provider)}

    def profiler(self, name: str, shape: Shape) -> Callable[[], object]:
        """To be called when a load begins and when it has ended."""
        return profiles.Switch(name, shape, self.report.notes) if self.options.profile else lambda: None

    def patience(self, tokens: int, rate: float) -> float:
        return 60 + 5 * tokens / rate


def readers(users: list[Any], ports: list[int], *, crossing: bool = False) -> list[dict[str, Any]]:
    """One socket each, in turn on each port; with `crossing` a second one on the next port."""
    seats = []
    for number, user in enumerate(users):
        seat: dict[str, Any] = {"cookie": user.cookie, "port": ports[number % len(ports)]}
        if crossing:
            seat["other_port"] = ports[(number + 1) % len(ports)]
        seats.append(seat)
    return seats


def say(sentence: str) -> None:
    print(sentence, file=sys.stderr, flush=True)
