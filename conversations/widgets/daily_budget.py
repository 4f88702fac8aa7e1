"""What visitors may use a day, of all together and of each, beside the month's budget of their group.

What was recorded since midnight counts, and what is held back for answers that are being written: a new one begins while there is some
left. So a day may take as much more as one answer, and never more than the month has, which is reserved in full.
"""

from __future__ import annotations

import uuid
from datetime import datetime, time, timedelta
from decimal import Decimal

from django.db.models import Q, Sum
from django.utils import timezone

from conversations.commands.refusals import Refused
from conversations.models import NANO, Attempt, Reservation, User, Visitor, Widget


def require(widget: Widget, user: User, reply_id: uuid.UUID) -> None:
    """Call it in the transaction in which a visitor's answer begins, once that has its reservation. Raises Refused."""
    if widget.daily_cost is None and widget.visitor_daily_cost is None:
        return
    Widget.objects.select_for_update().get(pk=widget.pk)  # others that begin now wait, and then count this one
    midnight = timezone.make_aware(datetime.combine(timezone.localdate(), time.min))
    visitors = Visitor.objects.of(widget).values("user")
    for allowed, whose, detail in (
        (widget.visitor_daily_cost, Q(owner=user.pk), "You have asked as much as one visitor may in a day."),
        (widget.daily_cost, Q(owner__in=visitors), "That is as much as may be asked here in a day."),
    ):
        if allowed is not None and _used(whose, midnight, reply_id) >= allowed * NANO:
            raise Refused("limit", detail, midnight + timedelta(days=1))


def _used(whose: Q, midnight: datetime, reply_id: uuid.UUID) -> Decimal:
    """Billionths of a dollar. Of the answer that begins now nothing counts yet."""
    recorded = Attempt.objects.filter(whose, recorded__gte=midnight).aggregate(sum=Sum("cost"))["sum"] or 0
    held = Reservation.objects.filter(whose).exclude(reply=reply_id).aggregate(sum=Sum("cost"))["sum"] or 0
    return Decimal(recorded + held)
