"""What a case came to with a candidate, as a run stores it: written, read again where the run goes on, and overruled."""

from __future__ import annotations

from django.db import transaction
from django.utils import timezone

from conversations.models import Case, Result, Run, User
from conversations.models.storable import fitting

from .answering import Answer
from .checks.check import Check
from .checks.finding import Finding
from .execution import Outcome


class RunDeleted(Exception):
    """While it ran."""


def overrule(result: Result, verdict: bool | None, note: str, by: User) -> None:
    """Have a user's verdict count in place of the checks'; None gives it back to them."""
    result.verdict, result.note = verdict, fitting(note, 300) if verdict is not None else ""
    result.judged_by, result.judged = (by, timezone.now()) if verdict is not None else (None, None)
    result.save(update_fields=["verdict", "note", "judged_by", "judged"])


def restore(outcome: Outcome, result: Result) -> None:
    outcome.judge_cost = result.judge_cost
    if result.error and result.findings is None:
        outcome.is_asked_again, outcome.earlier_cost = True, result.cost or 0
        return
    outcome.answer = Answer(
        result.output,
        result.finish_reason,
        result.error,
        result.model,
        result.input_tokens,
        result.output_tokens,
        result.cost,
        result.first_token_ms,
        result.duration_ms,
    )
    if result.findings is not None:
        outcome.findings = [Finding(Check.of(one), one["passed"], one["score"], one["reason"]) for one in result.findings]


def save(run: Run, digest: str, outcome: Outcome) -> None:
    """A case that was deleted meanwhile takes the result with it. Raises RunDeleted, where there is nothing to ask for any more."""
    assert outcome.answer is not None
    answer = outcome.answer._asdict()
    said = {
        **answer,
        "output": fitting(answer["output"]),
        "error": fitting(answer["error"], 300),
        "model": fitting(answer["model"], 200),
        "findings": None if outcome.findings is None else [one.stored() for one in outcome.findings],
        "passed": outcome.passed if outcome.is_over else None,
        "judge_cost": outcome.judge_cost,
    }
    if outcome.is_asked_again:
        said["case_revision"] = outcome.case.revision
        if not outcome.is_over:  # a user's verdict was about the answer before
            said |= {"verdict": None, "note": "", "judged_by": None, "judged": None}
        said["cost"] = (answer["cost"] or 0) + outcome.earlier_cost if outcome.earlier_cost else answer["cost"]
    with transaction.atomic():
        if not Run.objects.filter(pk=run.pk).exists():
            raise RunDeleted
        if not Case.objects.select_for_update().filter(pk=outcome.case.key).exists():
            return
        place = {"run": run, "case_id": outcome.case.key, "candidate": outcome.candidate, "repeat": outcome.repeat}
        if not Result.objects.filter(**place).update(**said):
            Result.objects.create(**{**place, "case_revision": outcome.case.revision, "wording": digest, **said})
