"""How long a worker may keep a job without a sign of life, and how often it looks."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.utils import timezone

DURATION = timedelta(seconds=20)
MARGIN = timedelta(seconds=5)
"""So long before its lease runs out, a job that it could not be renewed for is told to stop."""
BEAT_SECONDS = 2.0
"""While jobs run: their leases are renewed, and who cancelled one is heard."""
POLL_SECONDS = 3.0
"""Else, between two looks for what other processes have put into the queue."""


def until() -> datetime:
    return timezone.now() + DURATION
