"""What came of cases that were run for CI: which got worse, in lines and as JSON, and with which code that ends."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from conversations.models import NANO

from . import summary
from .candidate import AskedCase, Candidate
from .execution import Outcome

ERRORS, REGRESSION = 2, 1


@dataclass
class Asked:
    candidates: list[Candidate]
    cases: list[AskedCase]
    left_out: list[str]


@dataclass
class Verdict:
    asked: Asked
    outcomes: list[Outcome]
    rows: list[summary.Row]
    stopped: str

    @property
    def regressions(self) -> list[str]:
        """Cases that the first candidate passes and another one fails; with one candidate, all that it fails."""
        if len(self.asked.candidates) == 1:
            return [row.case.name for row in self.rows if row.cells[0].has_failed]
        return [row.case.name for row in self.rows if row.is_regression]

    @property
    def errors(self) -> list[str]:
        return sorted({outcome.answer.error for outcome in self.outcomes if outcome.answer and outcome.answer.error})

    @property
    def code(self) -> int:
        """0 where nothing got worse, 1 for a regression, 2 where not everything was answered."""
        if self.regressions:
            return REGRESSION
        return ERRORS if self.stopped or self.errors else 0

    @property
    def sentence(self) -> str:
        """Why the code isn't 0."""
        if self.regressions:
            return (
                f"{len(self.regressions)} got worse: {', '.join(self.regressions[:5])}."
                if len(self.asked.candidates) > 1
                else (f"{len(self.regressions)} failed: {', '.join(self.regressions[:5])}.")
            )
        return f"Not everything was answered. {' '.join([self.stopped, *self.errors[:3]]).strip()}"

    def lines(self) -> list[str]:
        said = []
        for row in self.rows:
            marks = [self._mark(cell) for cell in row.cells]
            said.append(f"{row.case.name}: {', '.join(marks)}{' – worse' if row.is_regression else ''}")
            said += [f"    {reason}" for cell in row.cells[-1:] for reason in self._reasons(cell)]
        for candidate, total in zip(self.asked.candidates, summary.totals(self.rows, len(self.asked.candidates)), strict=True):
            passed, number = total.share
            low, high = (round(100 * edge) for edge in total.interval)
            compared = f", {total.compared}" if total.compared else ""
            said.append(f"{candidate.label}: {passed} of {number} passed ({low} to {high} %){compared}; {total.open} not judged")
        return said

    def document(self) -> dict[str, Any]:
        totals = summary.totals(self.rows, len(self.asked.candidates))
        costs = [
            sum((one.answer.cost or 0) for one in self.outcomes if one.answer and one.candidate == place) for place in range(len(totals))
        ]
        return {
            "candidates": [
                {
                    "label": candidate.label,
                    "passed": total.share.passed,
                    "judged": total.share.number,
                    "interval": list(total.interval),
                    "compared": total.compared,
                    "flaky": total.flaky,
                    "cost_usd": cost / NANO,
                }
                for candidate, total, cost in zip(self.asked.candidates, totals, costs, strict=True)
            ],
            "cases": [
                {
                    "name": row.case.name,
                    "regression": row.is_regression,
                    "answers": [[self._told(outcome) for outcome in cell.results] for cell in row.cells],
                }
                for row in self.rows
            ],
            "regressions": self.regressions,
            "errors": self.errors,
            "stopped": self.stopped,
            "left_out": self.asked.left_out,
        }

    def _told(self, outcome: Outcome) -> dict[str, Any]:
        answer = outcome.answer
        checks = [one.stored() for one in outcome.findings or []]
        return {
            "passed": outcome.is_good,
            "output": answer.output if answer else "",
            "error": answer.error if answer else "",
            "checks": checks,
        }

    def _mark(self, cell: summary.Cell) -> str:
        passed, number = cell.share
        return f"{passed} of {number}{' (flaky)' if cell.is_flaky else ''}" if number else "not judged"

    def _reasons(self, cell: summary.Cell) -> list[str]:
        found = [one for outcome in cell.results for one in outcome.findings or [] if one.passed is False]
        return list(dict.fromkeys(f"{one.check.title}: {one.reason}" for one in found))


def as_json(verdict: Verdict) -> str:
    return json.dumps(verdict.document(), ensure_ascii=False, indent=2)
