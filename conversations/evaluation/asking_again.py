"""What of a run that has ended is done once more, with an estimate and a cap of its own: what failed is asked, or all is judged."""

from __future__ import annotations

from typing import Any

from django.db import transaction

from conversations.models import Run, RunState

from . import estimating, runs
from .candidate import AskedCase, Candidate
from .estimating import Estimate
from .execution import cells
from .runs import NotStartable, run_cases

RUNNING = (RunState.PLANNED, RunState.WAITING, RunState.RUNNING)


def of_asking(run: Run) -> Estimate:
    """Of all answers that failed, or were never asked."""
    answered = run.results.filter(error="").values_list("case_id", "candidate", "repeat")
    there = {(str(case), candidate, repeat) for case, candidate, repeat in answered}
    candidates = [Candidate.read(stored) for stored in run.candidates]
    all_of_them = cells([AskedCase.of(case) for case in run.cases.all()], len(candidates), run.repeats)
    missing = [one for one in all_of_them if (one.case.key, one.candidate, one.repeat) not in there]
    return estimating.of_answers([(candidates[one.candidate], one.case) for one in missing], run.judge_model)


def of_judging(run: Run) -> Estimate:
    """Of all answers that are there, with the checks that the cases have now."""
    cases = {case.pk: AskedCase.of(case) for case in run.cases.all()}
    answers = [(cases[case], output) for case, output in run.results.filter(error="").values_list("case_id", "output") if case in cases]
    return estimating.of_judgements(answers, run.judge_model)._replace(answers=len(answers))


@transaction.atomic
def ask(run: Run, cap: int) -> None:
    """Ask what failed or is missing, for at most so many nanodollars more. Raises NotStartable."""
    run = _locked(run)
    run.results.exclude(error="").update(findings=None, passed=None)
    _start(run, cap, asks=True)


@transaction.atomic
def judge(run: Run, cap: int) -> None:
    """Have the checks made of the answers that are there; no model is asked for an answer. `cap` and errors as in `ask`."""
    run = _locked(run)
    run.results.filter(error="").update(findings=None, passed=None)
    _start(run, cap, asks=False)


def _locked(run: Run) -> Run:
    run = Run.objects.select_for_update(of=("self",)).select_related("job").get(pk=run.pk)
    if run.state in RUNNING:
        raise NotStartable
    return run


def _start(run: Run, cap: int, **how: Any) -> None:
    run.cap = runs.spent(run) + cap
    run.job, run.finished = run_cases.enqueue(run=str(run.pk), **how), None
    run.save(update_fields=["cap", "job", "finished"])
