"""Ending an experiment, by a user or by a rule, before something else is live."""

from __future__ import annotations

from django.db import transaction

from conversations.models import Ending, Experiment, User
from conversations.webhooks import events


@transaction.atomic
def end(experiment: Experiment, ending: Ending, reason: str, by: User | None = None) -> bool:
    """Its conversations follow what is live, and webhooks are told. False where it had ended already."""
    if not experiment.end(ending, reason, by):
        return False
    events.tell_experiment_ended(experiment)
    return True
