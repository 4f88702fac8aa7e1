"""What was measured, as a table beside the budgets."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from benchmarks.measures.load import Measured

FULL_CORE = 0.9
"""From this share of a core on, a process is the bottleneck."""


@dataclass
class Row:
    what: str
    budget: float | None
    ours: float | None
    relay: float | None = None
    unit: str = ""
    at_least: bool = False

    @property
    def missed(self) -> bool:
        if self.budget is None or self.ours is None:
            return False
        return self.ours < self.budget if self.at_least else self.ours > self.budget

    @property
    def cells(self) -> list[str]:
        ratio = f"{self.ours / self.relay:.2f}" if self.ours is not None and self.relay else ""
        met = "" if self.budget is None or self.ours is None else "MISSED" if self.missed else "met"
        return [
            self.what,
            *(f"{_number(value)} {self.unit}".strip() if value is not None else "" for value in (self.budget, self.ours, self.relay)),
            ratio,
            met,
        ]


@dataclass
class Report:
    """Rows under headings, what bound each load, and what was lost."""

    sections: list[tuple[str, list[Row]]] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    troubles: list[str] = field(default_factory=list)

    def add(self, heading: str, rows: list[Row]) -> None:
        self.sections.append((heading, rows))

    def __str__(self) -> str:
        lines = [["", "budget", "ours", "plain relay", "ours : relay", ""]]
        for heading, rows in self.sections:
            lines += [[heading, "", "", "", "", ""], *([f"  {row.cells[0]}", *row.cells[1:]] for row in rows)]
        widths = [max(len(line[column]) for line in lines) for column in range(len(lines[0]))]
        table = "\n".join("  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip() for line in lines)
        lost = self.troubles or ["All tokens were delivered in order, and all replies are in the database as they were shown."]
        return "\n\n".join([table, "\n".join(self.notes), "\n".join(lost)])


def bound_by(name: str, measured: Measured) -> str:
    """What limited this load, from how busy each process was."""
    shares = ", ".join(f"{process} {share:.0%}" for process, share in measured.busy.items())
    full = [process for process, share in measured.busy.items() if share >= FULL_CORE]
    if full:
        limit = f"bound by the {' and the '.join(full)}, at a whole core"
    elif measured.machine >= FULL_CORE:
        limit = "bound by the machine: all its cores were busy, perhaps with something else"
    else:
        limit = "no process at a whole core, so the pace was the provider's"
    return f"{name}: {limit} ({shares} of a core; all cores {measured.machine:.0%} busy; {measured.seconds:.0f} s)"


def troubles(name: str, answer: dict[str, Any], streams: int, tokens: int | None, saved: dict[str, str] | None = None) -> list[str]:
    """What was not delivered or not saved; empty when all is well. `tokens`: of each reply, where all are to come as they are sent."""
    found = [f"{name}: {error}" for error in answer["errors"]]
    if answer["complete"] != streams:
        found.append(f"{name}: {answer['complete']} of {streams} replies were completed")
    if tokens is not None and answer["tokens"] != streams * tokens:
        found.append(f"{name}: {answer['tokens']} of {streams * tokens} tokens arrived")
    if saved is not None:
        kept = sum(saved.get(reply) == text for reply, text in answer["texts"].items())
        if kept != streams:
            found.append(f"{name}: {kept} of {streams} replies are in the database as they were shown")
    return found


def _number(value: float) -> str:
    return f"{value:,.0f}" if value >= 100 else f"{value:,.1f}" if value >= 1 or not value else f"{value:.2f}"
