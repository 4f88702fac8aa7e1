"""Which labels a prompt has, where each pointed at a moment, and moving them."""

from __future__ import annotations

import uuid
from collections import defaultdict
from datetime import datetime

from django.db import transaction
from django.db.models import QuerySet

from conversations.models import LIVE, Experiment, LabelMove, PromptVersion, SystemPrompt, User
from conversations.webhooks import events

EMERGENCY = "Emergency: "
"""So begins the reason of a move of `live` for which something was missing."""


def emergencies(prompt: SystemPrompt) -> QuerySet[LabelMove]:
    """When `live` was moved without what the prompt asked for, newest first."""
    moves = prompt.label_moves.filter(name=LIVE, version__isnull=False, reason__startswith=EMERGENCY)
    return moves.select_related("by").order_by("-at", "-id")


def by_version(prompt: SystemPrompt) -> dict[uuid.UUID, list[str]]:
    """The names of the labels at each version, `live` first."""
    found: dict[uuid.UUID, list[str]] = defaultdict(list)
    if prompt.published_id:
        found[prompt.published_id].append(LIVE)
    for name, version in prompt.labels.order_by("name").values_list("name", "version_id"):
        found[version].append(name)
    return dict(found)


def pointed_at(prompt: SystemPrompt, name: str) -> PromptVersion | None:
    """The version at which the label points now."""
    if name == LIVE:
        return prompt.published
    label = prompt.labels.select_related("version").filter(name=name).first()
    return label.version if label else None


def move_before(prompt: SystemPrompt, name: str, moment: datetime) -> LabelMove | None:
    """The last move of the label until this moment, with its version; None where it wasn't there yet."""
    moves = prompt.label_moves.filter(name=name, at__lte=moment).select_related("version", "by")
    return moves.order_by("-at", "-id").first()


@transaction.atomic
def move(prompt: SystemPrompt, name: str, version: PromptVersion | None, *, by: User | None, reason: str = "") -> PromptVersion | None:
    """Have the label point at this version, or at none, and tell webhooks. Returns where it pointed before.

    `SystemPrompt.point` moves it: all that moves labels for users comes by here.
    """
    running = Experiment.objects.running().filter(prompt=prompt).first() if name == LIVE else None
    before = prompt.point(name, version, by=by, reason=reason)
    if running is not None:
        running.refresh_from_db()
        if not running.is_running:
            events.tell_experiment_ended(running)
    if before != version:
        event = events.PROMPT_PUBLISHED if name == LIVE else events.LABEL_MOVED
        moved = {"label": name, "version": events.version(version), "before": events.version(before)}
        events.tell(event, {"prompt": events.prompt(prompt), **moved}, by)
    return before
