"""Ways from a figure to the attempts behind it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from urllib.parse import urlencode

from django.urls import reverse

from conversations.models import OK, Purpose
from conversations.usage.reports.report import Report

ANSWERS = {"purpose__exact": Purpose.ANSWER.value}
REPLIES = {**ANSWERS, "final__exact": "1"}
"""The attempts whose ends are those of replies."""
ANSWERED = {**REPLIES, "outcome": OK}
FAILED = {**REPLIES, "outcome": "trouble"}
UNCOUNTED = {**REPLIES, "outcome": "uncounted"}


def behind(report: Report, **filters: object) -> str:
    """The list of the report's attempts, filtered; empty without a filter."""
    named = {name: value for name, value in filters.items() if value is not None}
    return attempts(report.span.start, report.span.end, {**of_kind(report), **named}) if named else ""


def of_kind(report: Report) -> dict[str, str]:
    """What filters the list of attempts to those of the report's kind."""
    return {"kind__exact": report.kind} if report.kind else {}


def attempts(start: datetime, end: datetime, filters: Mapping[str, object]) -> str:
    """The list of the attempts recorded from `start` until before `end`."""
    query = {**filters, "recorded__gte": _written(start), "recorded__lt": _written(end)}
    return f"{reverse('admin:conversations_attempt_changelist')}?{urlencode(query)}"


def _written(moment: datetime) -> str:
    """As short as it can be: a page of charts has hundreds of them."""
    utc = moment.astimezone(UTC)
    if utc.second or utc.microsecond:
        return utc.isoformat().replace("+00:00", "Z")
    return f"{utc:%Y-%m-%d}" if not utc.hour and not utc.minute else f"{utc:%Y-%m-%dT%H:%MZ}"
