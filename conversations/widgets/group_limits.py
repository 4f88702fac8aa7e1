"""What a widget's visitors may use: limits of their group, which the pages of limits show, too."""

from __future__ import annotations

from decimal import Decimal
from typing import NamedTuple

from django.db import transaction

from conversations.models import Counting, Limit, Widget
from conversations.usage.budgets import recounting

AT_ONCE = 2
"""Answers of one visitor, who may have two tabs."""


class GroupLimits(NamedTuple):
    messages_per_minute: int | None
    """Of each visitor."""
    monthly_cost: Decimal | None
    """US dollars, of all of them."""


def of(widget: Widget) -> GroupLimits:
    rows = {limit.counting: limit for limit in Limit.objects.filter(group=widget.group_id)}
    each, together = rows.get(Counting.EACH), rows.get(Counting.TOGETHER)
    return GroupLimits(each.messages_per_minute if each else None, together.monthly_cost if together else None)


def save(widget: Widget, messages_per_minute: int, monthly_cost: Decimal) -> None:
    """In the caller's transaction. They count in this process at its end, elsewhere within two seconds."""
    each = {"messages_per_minute": messages_per_minute}
    Limit.objects.update_or_create(
        group=widget.group, counting=Counting.EACH, defaults=each, create_defaults={**each, "concurrent_replies": AT_ONCE}
    )
    Limit.objects.update_or_create(group=widget.group, counting=Counting.TOGETHER, defaults={"monthly_cost": monthly_cost})
    transaction.on_commit(recounting.changed)
