"""Which labels a prompt has, and where each pointed at a moment."""

from __future__ import annotations

import uuid
from collections import defaultdict
from datetime import datetime

from conversations.models import LIVE, LabelMove, PromptVersion, SystemPrompt


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
