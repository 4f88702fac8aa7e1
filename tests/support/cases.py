"""Cases and runs of tests."""

from __future__ import annotations

from typing import Any

from conversations.evaluation import runs
from conversations.evaluation.candidate import Candidate
from conversations.evaluation.checks.check import Check
from conversations.models import NANO, Case, Run, SystemPrompt, User
from tests.support import jobs


def case(prompt: SystemPrompt, question: str, *checks: Check, **fields: Any) -> Case:
    asked = [{"role": "user", "text": question}]
    stored = [check.stored() for check in checks]
    return Case.objects.create(**{"prompt": prompt, "name": question, "turns": asked, "checks": stored, **fields})


def candidate(label: str, text: str, **fields: Any) -> Candidate:
    wording = {"text": text, "model": "", "parameters": {}, "starters": [], "variables": [], "examples": [], "output_schema": None}
    return Candidate(label, wording | fields, label)


def planned(prompt: SystemPrompt, by: User, *candidates: Candidate, repeats: int = 1, dollars: float = 10, judge_model: str = "") -> Run:
    """Of all cases of the prompt."""
    return runs.make(prompt, candidates, list(prompt.cases.all()), repeats, int(dollars * NANO), judge_model, by)


def run(run: Run) -> str:
    """Start it, and run its job here; what that says."""
    runs.start(run)
    return again(run)


def again(run: Run) -> str:
    """Run its job here, once more."""
    run.refresh_from_db()
    assert run.job
    said = jobs.run(run.job)
    run.refresh_from_db()
    return said
