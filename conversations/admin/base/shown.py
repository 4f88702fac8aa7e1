"""How times and ids look in lists: short, with the whole of it one hover away."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime, timedelta
from datetime import date as date_type

from django.contrib.humanize.templatetags.humanize import naturaltime
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.safestring import SafeString

NOTHING = "–"
FAR_DAYS = 60


def ago(moment: datetime | None, never: str = NOTHING) -> str | SafeString:
    """Such as “3 hours ago”."""
    if moment is None:
        return never
    whole = to_the_second(moment)
    return format_html('<time datetime="{}" title="{}">{}</time>', timezone.localtime(moment).isoformat(), whole, naturaltime(moment))


def to_the_second(moment: datetime) -> str:
    """Such as “26 Nov 2026, 12:49:07 UTC”, to be compared with a log."""
    return date_format(timezone.localtime(moment), "j M Y, H:i:s T")


def day(date: date_type) -> str:
    """Such as “26 Nov 2026”."""
    return date_format(date, "j M Y")


def with_days_left(date: date_type) -> str:
    """Such as “26 Nov 2026 (in 3 days)”; the days alone are no help where it is far away."""
    days = (date - timezone.localdate()).days
    if days > FAR_DAYS:
        return day(date)
    left = {0: "today", 1: "tomorrow"}.get(days, f"in {days} days")
    return f"{day(date)} ({'past' if days < 0 else left})"


def duration(seconds: float) -> str:
    """How long something is still to last, such as “45 seconds” or “10 minutes”: rounded, the same wherever a page says it."""
    count, unit = (max(1, round(seconds)), "second") if seconds < 100 else (round(seconds / 60), "minute")
    if unit == "minute" and count >= 120:
        count, unit = round(seconds / 3600), "hour"
    return f"{count} {unit}{'' if count == 1 else 's'}"


def short(pk: uuid.UUID) -> SafeString:
    """The end of an id, which is what tells ids of the same moment apart."""
    return format_html('<code title="{}">…{}</code>', pk, str(pk)[-12:])


def from_to(start: datetime | None, end: datetime | None, *, by_day: bool | None = None) -> str:
    """From the one until before the other, in UTC: such as “19 – 25 Nov 2026”, or with times of day where it is not about whole days."""
    first, until = (moment.astimezone(UTC) if moment else None for moment in (start, end))
    if first is None or until is None:
        one = first or until
        return f"{'from' if first else 'until'} {one:%-d %b %Y, %H:%M} UTC" if one else ""
    if by_day is None:
        begins = first == _midnight(first)
        by_day = begins and (until == _midnight(until) or until - first > timedelta(days=1))
    if not by_day:
        return f"{first:%-d %b, %H:%M} – {until:%-d %b %Y, %H:%M}"
    last = max(first, until - timedelta(microseconds=1))
    if last.date() == first.date():
        return f"{first:%-d %b %Y}"
    same = f"{first:%-d}" if (first.year, first.month) == (last.year, last.month) else f"{first:%-d %b}"
    return f"{same if first.year == last.year else format(first, '%-d %b %Y')} – {last:%-d %b %Y}"


def _midnight(moment: datetime) -> datetime:
    return moment.replace(hour=0, minute=0, second=0, microsecond=0)
