"""Counters of budgets that are made, or counted again by the ledger: after limits were changed, and those that are new."""

from __future__ import annotations

import uuid
from datetime import timedelta

from django.db import transaction
from django.utils import timezone

from conversations.models import Spending
from conversations.usage.limits import in_force

from . import months, spending

COUNTED_AGAIN_AFTER = timedelta(seconds=10)
"""By then every process knows of a new limit, and adds to its counter by itself."""


def changed() -> None:
    """A limit was changed: it counts here at once, elsewhere within two seconds. What no process kept in step is counted again."""
    in_force.forget()
    with transaction.atomic():
        spending.recount(months.current())
    make_shared_counters()


def recount_fresh() -> None:
    """Compare counters that are new with the ledger once more."""
    fresh = Spending.objects.filter(is_fresh=True, counted__lt=timezone.now() - COUNTED_AGAIN_AFTER)
    for month, subject in fresh.values_list("month", "subject"):
        with transaction.atomic():
            spending.recount(month, [subject])
            Spending.objects.filter(month=month, subject=subject).update(is_fresh=False)


def make_shared_counters() -> None:
    """Counting a whole month of a whole site takes a while: no message should wait for it, least of all one that is refused."""
    month = months.current()
    shared = {rule.subject(uuid.UUID(int=0)) for rule in in_force.rules() if rule.is_shared and rule.has_budget}
    if shared - set(Spending.objects.filter(month=month, subject__in=shared).values_list("subject", flat=True)):
        with transaction.atomic():
            spending.locked(shared, month)
