"""How much of a budget is used, as a bar with its percentage."""

from __future__ import annotations

from django.utils.html import format_html
from django.utils.safestring import SafeString


def bar(used: int, allowed: int) -> SafeString:
    """Full from 100 % on; the number goes on."""
    percent = 100 * used // allowed if allowed else 100
    return format_html(
        '<span class="share-bar{}"><svg aria-hidden="true"><rect width="{}%" height="100%" rx="3"></rect></svg> {} %</span>',
        " is-full" if percent >= 100 else "",
        min(100, percent),
        f"{percent:,}",
    )
