"""How much of a budget is used, as a bar of characters."""

from __future__ import annotations

from django.utils.html import format_html
from django.utils.safestring import SafeString

STEPS = 10


def bar(used: int, allowed: int) -> SafeString:
    """Such as “████░░░░░░ 41 %”."""
    percent = 100 * used // allowed if allowed else 100
    full = min(STEPS, percent * STEPS // 100)
    return format_html('<span class="text-bar" aria-hidden="true">{}</span> {} %', "█" * full + "░" * (STEPS - full), percent)
