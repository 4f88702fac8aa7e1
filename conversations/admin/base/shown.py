"""How times and ids look in lists: short, with the whole of it one hover away."""

from __future__ import annotations

import uuid
from datetime import datetime

from django.contrib.humanize.templatetags.humanize import naturaltime
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.safestring import SafeString

NOTHING = "–"


def ago(moment: datetime | None, never: str = NOTHING) -> str | SafeString:
    """Such as “3 hours ago”."""
    if moment is None:
        return never
    local = timezone.localtime(moment)
    whole = date_format(local, "DATETIME_FORMAT")
    return format_html('<time datetime="{}" title="{}">{}</time>', local.isoformat(), whole, naturaltime(moment))


def short(pk: uuid.UUID) -> SafeString:
    """The end of an id, which is what tells ids of the same moment apart."""
    return format_html('<code title="{}">…{}</code>', pk, str(pk)[-12:])
