"""Budgets go by the calendar's months, in the site's time zone."""

from __future__ import annotations

from datetime import date, datetime, time

from django.utils import timezone


def current() -> date:
    """The first day of this month."""
    return timezone.localdate().replace(day=1)


def following(month: date) -> date:
    return month.replace(year=month.year + 1, month=1) if month.month == 12 else month.replace(month=month.month + 1)


def beginning(month: date) -> datetime:
    return timezone.make_aware(datetime.combine(month, time.min))


def in_words(day: date) -> str:
    """Such as “1 December”."""
    return f"{day.day} {day:%B}"
