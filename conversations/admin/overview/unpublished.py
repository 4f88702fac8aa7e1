"""Versions of prompts that were to become live at a time and did not."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.urls import reverse

from conversations.admin.reports.current_problems import Action, Problem
from conversations.models import ScheduledPublication
from conversations.studio import rights, scheduling

LATE = "no background job did it"


def problems(user: Any, now: datetime) -> list[Problem]:
    found = ScheduledPublication.objects.needing_attention(now).select_related("prompt", "version", "by").order_by("at")
    return [_problem(scheduled, user) for scheduled in found.defer("version__text")]


def _problem(scheduled: ScheduledPublication, user: Any) -> Problem:
    page = reverse("admin:conversations_systemprompt_change", args=[scheduled.prompt_id])
    words = f"was to become live on {scheduling.time_of(scheduled)}:"
    dismiss = Action("Dismiss", reverse("admin:conversations_systemprompt_unschedule", args=[scheduled.prompt_id, scheduled.pk]))
    actions = (dismiss,) if rights.may_move_live(user, scheduled.prompt) else ()
    return Problem(
        f"Version {scheduled.version.number} of {scheduled.prompt.name}", words, scheduled.stopped or LATE, link=page, actions=actions
    )
