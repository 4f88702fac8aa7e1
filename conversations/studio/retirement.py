"""Prompts whose model is shut down before long."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta
from typing import NamedTuple

from django.utils import timezone

from conversations.models import LIVE, Experiment, PromptLabel, PromptVersion, ScheduledPublication, SystemPrompt
from conversations.routing import offered, shutdowns

NOTICE_DAYS = (3, 14, 60)
"""Before the shutdown, users are told that many days ahead: once for each."""
SOON = timedelta(days=max(NOTICE_DAYS))


class Leaving(NamedTuple):
    """A model that a prompt is answered with."""

    prompt: SystemPrompt
    named: str
    """As the versions name it; empty: the default one."""
    day: date
    uses: tuple[str, ...]
    """By which the prompt uses it: “live”, other labels, “scheduled”, “experiment”."""

    @property
    def model(self) -> str:
        return self.named or offered.default()

    @property
    def days_left(self) -> int:
        """Negative once it is past."""
        return (self.day - timezone.localdate()).days

    @property
    def notice_days(self) -> int | None:
        """Which of NOTICE_DAYS it is time for; None before and after all of them."""
        left = self.days_left
        return next((days for days in NOTICE_DAYS if left <= days), None) if left >= 0 else None


def leaving(prompt: SystemPrompt | None = None) -> list[Leaving]:
    """What is shut down within SOON or was, of one prompt or of all, the first to go first. Synchronous; asks no provider."""
    days: dict[str, date | None] = {}
    found: dict[tuple[SystemPrompt, str], list[str]] = {}
    for version, use in _used(prompt):
        if version.model not in days:
            days[version.model] = shutdowns.of(version.model)
        found.setdefault((version.prompt, version.model), []).append(use)
    until = timezone.localdate() + SOON
    listed = [
        Leaving(owner, model, day, tuple(uses))
        for (owner, model), uses in found.items()
        if (day := days[model]) is not None and day <= until
    ]
    return sorted(listed, key=lambda one: (one.day, one.prompt.name))


def _used(prompt: SystemPrompt | None) -> Iterable[tuple[PromptVersion, str]]:
    """The versions that answer, or are to, and why."""
    which = {"prompt": prompt} if prompt else {}
    versions = PromptVersion.objects.only("model", "number", "prompt").select_related("prompt")
    live = SystemPrompt.objects.filter(published__isnull=False, **({"pk": prompt.pk} if prompt else {})).values("published")
    yield from ((version, LIVE) for version in versions.filter(pk__in=live).order_by("id"))
    labels = PromptLabel.objects.filter(**which).select_related("version__prompt").defer("version__text").order_by("name")
    yield from ((label.version, label.name) for label in labels)
    scheduled = ScheduledPublication.objects.filter(stopped="", **which).select_related("version__prompt").defer("version__text")
    yield from ((one.version, "scheduled") for one in scheduled)
    tried = Experiment.objects.running().filter(**which).select_related("candidate__prompt").defer("candidate__text")
    yield from ((one.candidate, "experiment") for one in tried)
