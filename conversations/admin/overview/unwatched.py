"""Experiments that run while nothing looks at their guards."""

from __future__ import annotations

from datetime import datetime

from django.urls import reverse

from conversations.admin.reports.current_problems import Problem
from conversations.models import Experiment

CAUSE = "no background job has looked at it for half an hour or longer"


def problems(now: datetime) -> list[Problem]:
    found = Experiment.objects.unwatched(now).select_related("prompt", "candidate").defer("candidate__text")
    return [
        Problem(
            f"The experiment with version {experiment.candidate.number} of {experiment.prompt.name}",
            "isn’t guarded:",
            CAUSE,
            link=reverse("admin:conversations_experiment_change", args=[experiment.pk]),
        )
        for experiment in found
    ]
