"""Ways from a figure to the attempts behind it."""

from __future__ import annotations

from urllib.parse import urlencode

from django.urls import reverse

from conversations.usage.reports.report import Report


def behind(report: Report, **filters: object) -> str:
    """The list of the report's attempts, filtered; empty without a filter."""
    named = {name: value for name, value in filters.items() if value is not None}
    if not named:
        return ""
    span = {"recorded__gte": report.span.start.isoformat(), "recorded__lt": report.span.end.isoformat()}
    return f"{reverse('admin:conversations_attempt_changelist')}?{urlencode({**named, **span})}"
