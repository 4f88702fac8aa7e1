"""What users say of each version of a prompt, and how it compares with the version before."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from conversations.admin.base.shown import NOTHING
from conversations.models import PromptVersion, SystemPrompt
from conversations.usage.reports import feedback
from conversations.usage.reports.feedback import Thumbs


class RatedVersion(NamedTuple):
    version: PromptVersion
    rating: str
    """The share of thumbs up, or how many there are yet."""
    compared: str
    """With the version before that has enough of them; empty where there is none."""


def rated(prompt: SystemPrompt, versions: Iterable[PromptVersion]) -> list[RatedVersion]:
    """`versions`, in their order, with what is said of them. All versions of the prompt are compared, not only these."""
    thumbs = feedback.of_prompt(prompt)
    numbers = dict(prompt.versions.order_by("number").values_list("number", "pk")) if thumbs else {}
    told = [number for number, pk in numbers.items() if not thumbs[pk].are_few]
    rows = []
    for version in versions:
        earlier = max((number for number in told if number < version.number), default=None)
        compared = _compared(thumbs[version.pk], thumbs[numbers[earlier]], earlier) if earlier is not None else ""
        rows.append(RatedVersion(version, rating(thumbs[version.pk]), compared))
    return rows


def rating(thumbs: Thumbs) -> str:
    """Such as “84 % of 50”, or “2 up, 1 down: too few yet”."""
    if not thumbs.number:
        return NOTHING
    if thumbs.share is None:
        return f"{thumbs.up:,} up, {thumbs.down:,} down: too few yet"
    return f"{100 * thumbs.share:.0f} % of {thumbs.number:,}"


def _compared(thumbs: Thumbs, before: Thumbs, number: int) -> str:
    found = feedback.difference(thumbs, before)
    if found is None:
        return ""
    if found.may_be_chance:
        return f"no clear difference from version {number}"
    return f"{abs(found.points):.0f} points {'better' if found.points > 0 else 'worse'} than version {number}"
