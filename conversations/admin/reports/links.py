"""Ways from a figure to the attempts behind it."""

from __future__ import annotations

from urllib.parse import urlencode

from django.urls import NoReverseMatch, reverse

from conversations.usage.spans import Span


def attempts(span: Span, **filters: object) -> str:
    """The list of attempts of this time, filtered; empty where the list doesn't exist."""
    try:
        address = reverse("admin:conversations_attempt_changelist")
    except NoReverseMatch:
        return ""
    named = {name: value for name, value in filters.items() if value is not None}
    return f"{address}?{urlencode({**named, 'recorded__gte': span.start.isoformat(), 'recorded__lt': span.end.isoformat()})}"
