"""Ways from a figure to the attempts behind it."""

from __future__ import annotations

from urllib.parse import urlencode

from django.urls import reverse

from conversations.usage.reports.spans import Span


def attempts(span: Span, **filters: object) -> str:
    """The list of attempts of this time, filtered."""
    address = reverse("admin:conversations_attempt_changelist")
    named = {name: value for name, value in filters.items() if value is not None}
    return f"{address}?{urlencode({**named, 'recorded__gte': span.start.isoformat(), 'recorded__lt': span.end.isoformat()})}"
