"""What attempts used, by kind: from the ledger."""

from __future__ import annotations

from django.db.models import Count, Q, QuerySet

from conversations.models import OK, Attempt, AttemptKind

from .from_ledger import token_sums
from .users import Use


def by_kind(attempts: QuerySet[Attempt]) -> dict[AttemptKind, Use]:
    """In the order of kinds; those of which nothing was used are missing."""
    rows = (
        attempts.order_by()
        .values_list("kind")
        .annotate(replies=Count("id", filter=Q(final=True)), answered=Count("id", filter=Q(final=True, outcome=OK)), **token_sums())
    )
    found = {kind: Use().plus(use) for kind, *use in rows}
    return {kind: found[kind] for kind in AttemptKind if kind in found}
