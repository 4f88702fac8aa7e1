"""Which process writes a reply. An expired lease means that its process died or lost the database."""

from __future__ import annotations

import uuid
from datetime import datetime, timedelta

from django.utils import timezone

HOLDER = uuid.uuid4()
"""This process."""

DURATION = timedelta(seconds=7)
RENEWED_AFTER = timedelta(seconds=2)
SEARCH_INTERVAL_SECONDS = 1.0
"""Between two searches for replies whose lease has expired; far below DURATION, for a search that is late puts takeovers off."""


def until(now: datetime | None = None) -> datetime:
    return (now or timezone.now()) + DURATION
