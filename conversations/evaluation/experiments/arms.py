"""What came of the conversations of each arm, counted from the ledger and from feedback."""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from django.db.models import Count, F, Q, Sum

from conversations.models import NANO, NOT_COUNTED, OK, Arm, Attempt, Experiment, Feedback, Metric, Purpose, Thumb

from .ratios import Ratio

_COUNTED = Q(final=True) & ~Q(outcome__in=NOT_COUNTED)
_UNPRICED = Q(cost=None) & (Q(input_tokens__gt=0) | Q(output_tokens__gt=0))


@dataclass(slots=True)
class ArmFigures:
    conversations: int = 0
    """That were given the arm, with or without an answer yet."""
    answers: int = 0
    thumbs_up: int = 0
    thumbs_down: int = 0
    errors: int = 0
    counted: int = 0
    """Answers whose end says something of errors: not those that users stopped, say."""
    ratios: dict[Metric, Ratio] = field(default_factory=lambda: {metric: Ratio() for metric in Metric})


def figures(experiment: Experiment) -> dict[Arm, ArmFigures]:
    """Of the answers that the arm's own version gave until the end. Deleted conversations count no more."""
    found = {arm: ArmFigures() for arm in Arm}
    for arm, number in experiment.conversations.order_by().values_list("arm").annotate(number=Count("id")):
        found[Arm(arm)].conversations = number
    thumbs = _thumbs(experiment)
    for row in _answers(experiment):
        _add(found[Arm(row["arm"])], row, *thumbs[row["conversation"]])
    return found


def _answers(experiment: Experiment) -> Iterator[dict[str, Any]]:
    """A row for each conversation."""
    asked = Attempt.objects.filter(_of_arms(experiment, "reply"), purpose=Purpose.ANSWER)
    if experiment.ended:
        asked = asked.filter(recorded__lte=experiment.ended)
    by_conversation = asked.order_by().values(arm=F("reply__conversation__arm"), conversation=F("reply__conversation"))
    rows: Any = by_conversation.annotate(
        answers=Count("id", filter=Q(final=True)),
        counted=Count("id", filter=_COUNTED),
        errors=Count("id", filter=_COUNTED & ~Q(outcome=OK)),
        spent=Sum("cost"),
        unpriced=Count("id", filter=_UNPRICED),
        begun=Count("id", filter=Q(first_token_ms__isnull=False)),
        waited=Sum("first_token_ms"),
        done=Count("id", filter=Q(final=True, outcome=OK)),
        took=Sum("duration_ms", filter=Q(final=True, outcome=OK)),
    )
    return iter(rows.iterator())


def _thumbs(experiment: Experiment) -> dict[uuid.UUID, tuple[int, int]]:
    """Up and down, by conversation."""
    given = Feedback.objects.filter(_of_arms(experiment, "message"))
    if experiment.ended:
        given = given.filter(message__created__lte=experiment.ended)
    rows = given.order_by().values_list("message__conversation").annotate(up=Count("id", filter=Q(thumb=Thumb.UP)), number=Count("id"))
    found: dict[uuid.UUID, tuple[int, int]] = defaultdict(lambda: (0, 0))
    found.update({conversation: (up, number - up) for conversation, up, number in rows})
    return found


def _of_arms(experiment: Experiment, message: str) -> Q:
    """Made by the version of the arm: a conversation may have been with another prompt for a while."""
    version, arm = f"{message}__prompt_version", f"{message}__conversation__arm"
    live, candidate = Q((arm, Arm.LIVE), (version, experiment.live_id)), Q((arm, Arm.CANDIDATE), (version, experiment.candidate_id))
    return Q((f"{message}__conversation__experiment", experiment.pk)) & (live | candidate)


def _add(arm: ArmFigures, row: dict[str, Any], up: int, down: int) -> None:
    arm.answers += row["answers"]
    arm.counted += row["counted"]
    arm.errors += row["errors"]
    arm.thumbs_up += up
    arm.thumbs_down += down
    arm.ratios[Metric.THUMBS_UP].add(up + down, up)
    arm.ratios[Metric.THUMBS_DOWN].add(row["answers"], down)
    arm.ratios[Metric.ERRORS].add(row["counted"], row["errors"])
    arm.ratios[Metric.FIRST_TOKEN].add(row["begun"], (row["waited"] or 0) / 1000)
    arm.ratios[Metric.TOTAL_TIME].add(row["done"], (row["took"] or 0) / 1000)
    if not row["unpriced"]:
        arm.ratios[Metric.COST].add(row["answers"], (row["spent"] or 0) / NANO)
