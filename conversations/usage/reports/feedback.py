"""How many thumbs point up and down, by prompt version, and whether two versions really differ."""

from __future__ import annotations

import math
import uuid
from collections import defaultdict
from datetime import datetime
from typing import NamedTuple

from django.db.models import Count, Q, QuerySet

from conversations.models import Feedback, SystemPrompt, Thumb
from conversations.models.identifiers import first_id_at

FEWEST = 10
"""Thumbs below which their share tells nothing."""
CERTAIN = 1.96
"""Standard errors beyond which a difference is chance in one case of twenty only."""


class Thumbs(NamedTuple):
    up: int = 0
    down: int = 0

    @property
    def number(self) -> int:
        return self.up + self.down

    @property
    def are_few(self) -> bool:
        return self.number < FEWEST

    @property
    def share(self) -> float | None:
        """Of those up; None where they are few."""
        return None if self.are_few else self.up / self.number


class Difference(NamedTuple):
    points: float
    """By how much the share is larger, in per cent points."""
    may_be_chance: bool


def difference(thumbs: Thumbs, before: Thumbs) -> Difference | None:
    """None where one of them has few. Whether it may be chance is said by the two-proportion z-test, with a pooled variance."""
    if thumbs.share is None or before.share is None:
        return None
    pooled = (thumbs.up + before.up) / (thumbs.number + before.number)
    error = math.sqrt(pooled * (1 - pooled) * (1 / thumbs.number + 1 / before.number))
    apart = thumbs.share - before.share
    return Difference(100 * apart, abs(apart) <= CERTAIN * error)


def of_prompt(prompt: SystemPrompt) -> dict[uuid.UUID | None, Thumbs]:
    """By version."""
    return _counted(Feedback.objects.filter(message__prompt_version__prompt=prompt))


def between(start: datetime, end: datetime, prompt: SystemPrompt | None = None) -> dict[uuid.UUID | None, Thumbs]:
    """By version, on the answers that were begun from `start` until before `end`; of one prompt, or of all."""
    given = Feedback.objects.filter(message__gte=first_id_at(start), message__lt=first_id_at(end))
    return _counted(given.filter(message__prompt_version__prompt=prompt) if prompt else given)


def _counted(given: QuerySet[Feedback]) -> dict[uuid.UUID | None, Thumbs]:
    rows = given.order_by().values_list("message__prompt_version").annotate(up=Count("id", filter=Q(thumb=Thumb.UP)), number=Count("id"))
    found: dict[uuid.UUID | None, Thumbs] = defaultdict(Thumbs)
    found.update({version: Thumbs(up, number - up) for version, up, number in rows})
    return found
