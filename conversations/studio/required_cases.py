"""Whether the cases of a prompt passed for exactly one wording, which a prompt can ask for before that becomes live."""

from __future__ import annotations

from typing import NamedTuple

from conversations.models import PromptVersion, Result, SystemPrompt

from . import approvals
from .wording import Wording, wording_of


class Standing(NamedTuple):
    cases: int
    passed: int
    failed: int

    @property
    def missing(self) -> int:
        """How many cases haven't passed. One, where there are none to pass."""
        return max(1, self.cases) - self.passed

    @property
    def unknown(self) -> int:
        """How many have no result for this wording, or none since they were changed, or one that says neither."""
        return self.cases - self.passed - self.failed


def standing(prompt: SystemPrompt, wording: Wording) -> Standing:
    """By the latest run of each case with this wording, as the case is now: all that it answered there has to be good."""
    revisions = dict(prompt.cases.order_by().values_list("pk", "revision"))
    results = Result.objects.filter(case__in=revisions, wording=approvals.digest(wording)).order_by("run_id")
    latest: dict[object, tuple[object, list[bool | None]]] = {}
    for result in results.only("case_id", "run_id", "case_revision", "passed", "verdict"):
        if result.case_revision == revisions[result.case_id]:
            run, told = latest.get(result.case_id, (None, []))
            latest[result.case_id] = result.run_id, [*(told if run == result.run_id else []), result.is_good]
    verdicts = [told for _, told in latest.values()]
    return Standing(len(revisions), sum(all(told) for told in verdicts), sum(False in told for told in verdicts))


def missing(prompt: SystemPrompt, wording: Wording) -> int:
    """How many cases this wording has still to pass before it becomes live."""
    return standing(prompt, wording).missing if prompt.cases_required else 0


def missing_of_version(prompt: SystemPrompt, version: PromptVersion) -> int:
    """0 where it only returns: rolling back needs none."""
    if approvals.is_return(prompt, version):
        return 0
    return missing(prompt, wording_of(version))
