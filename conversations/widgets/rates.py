"""How often visitors may write, beside the limits of their group: by day, and how many may be new. Counted in the database.

A budget of money alone would leave the model without a known price unbounded, and one visitor with all of it; and a number of messages a
day keeps one bad day from taking the month's budget.
"""

from __future__ import annotations

from datetime import timedelta
from math import ceil
from time import time_ns

from django.utils import timezone

from conversations.commands.refusals import Refused
from conversations.models import User, Widget
from conversations.usage.limits import message_rate
from conversations.usage.limits.message_rate import DAY
from conversations.usage.limits.pace import Pace

NEW_FROM_ADDRESS_PER_MINUTE = 10
"""A whole office comes from one address, but not all of it in a minute."""


def count_new_visitor(widget: Widget, address: str | None) -> None:
    """Call it in the transaction that makes the visitor. `address`: a digest; None: not limited. Raises Refused."""
    paces = {f"visitors:{widget.pk}": Pace.per_minute(widget.new_visitors_per_minute)}
    if address is not None:
        paces[f"visitors:{address}"] = Pace.per_minute(NEW_FROM_ADDRESS_PER_MINUTE)
    _take(paces, "Too many visitors are writing for the first time just now.")


def count_message(widget: Widget, user: User) -> None:
    """Call it in the transaction that the message begins in. Raises Refused."""
    paces = {f"visitor:{user.pk}": _a_day(widget.visitor_messages_per_day), f"widget:{widget.pk}": _a_day(widget.messages_per_day)}
    _take(paces, "That is as many messages as there may be here in a day.")


def count_pictures(widget: Widget, user: User, number: int) -> None:
    """Before they are stored, whatever becomes of their message. Raises Refused."""
    paces = {
        f"pictures:{user.pk}": _a_day(widget.visitor_messages_per_day),
        f"pictures:{widget.pk}": _a_day(widget.messages_per_day),
    }
    for _ in range(number):
        _take(paces, "That is as many pictures as there may be here in a day.")


def _a_day(number: int) -> Pace:
    return Pace(ceil(DAY / number), number)


def _take(paces: dict[str, Pace], detail: str) -> None:
    too_soon = message_rate.take(paces, time_ns() // 1000)
    if too_soon is not None:
        raise Refused("limit", detail, timezone.now() + timedelta(microseconds=too_soon.wait))
