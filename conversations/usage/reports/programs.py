"""What programs used over the API, by the token that they asked with: from the ledger, which has an index of these attempts alone."""

from __future__ import annotations

import uuid
from datetime import datetime

from django.db.models import Count, Q

from conversations.models import OK

from .from_ledger import between, token_sums
from .users import Use


def counted(start: datetime, end: datetime, kind: str = "") -> dict[uuid.UUID, Use]:
    """Of attempts recorded from `start` until before `end`, of one kind or of all. An answer is what its last attempt was."""
    rows = (
        between(start, end)
        .filter(token__isnull=False, **({"kind": kind} if kind else {}))
        .values_list("token_id")
        .annotate(replies=Count("id", filter=Q(final=True)), answered=Count("id", filter=Q(final=True, outcome=OK)), **token_sums())
    )
    return {token: Use().plus(use) for token, *use in rows}
