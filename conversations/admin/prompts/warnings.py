"""What would go wrong with a wording, where it is saved and where it is published."""

from __future__ import annotations

from typing import Any

from conversations.admin.base.shown import with_days_left
from conversations.routing import catalog, shutdowns
from conversations.studio import sendable
from conversations.studio.wording import Wording

from .rejected_parameters import refused


def of_names(wording: Wording) -> list[str]:
    """What keeps it from being published."""
    return [f"It can’t be published yet. {problem}" for problem in sendable.problems(wording)]


def of_text(wording: Wording) -> list[dict[str, Any]]:
    """The same with lines and columns, as the editor takes it."""
    return [problem._asdict() for problem in sendable.problems(wording)]


def of_model(wording: Wording) -> list[str]:
    warnings = []
    model = wording["model"]
    if model and not any(source.offer(model) for source in catalog.read().sources):
        warnings.append(f"No enabled provider has {model}: until one has it, this prompt can’t answer.")
    if leaves := shutdowns.of(model):
        warnings.append(f"The {f'model {model}' if model else 'default model'} is shut down on {with_days_left(leaves)}.")
    if left_out := sorted(refused(model).keys() & wording["parameters"].keys()):
        warnings.append(f"The model refuses {' and '.join(left_out)}: it is left out of every request.")
    return warnings
