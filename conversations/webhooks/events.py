"""What webhooks are told of. It is noted in the transaction of what happened: none is lost, and none is sent of what was undone."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from django.db import transaction
from django.utils import timezone

from conversations.models import Experiment, PromptVersion, SystemPrompt, User, Webhook, WebhookDelivery
from conversations.process_cache import Fresh, kept

from . import delivery

PROMPT_PUBLISHED = "prompt.published"
LABEL_MOVED = "label.moved"
RUN_FINISHED = "run.finished"
EXPERIMENT_ENDED = "experiment.ended"
ANSWER_FINISHED = "answer.finished"
FEEDBACK_GIVEN = "feedback.given"
KEY_REFUSED = "key.refused"
CIRCUIT_OPENED = "circuit.opened"
BUDGET_REACHED = "budget.reached"
EVENTS = {
    PROMPT_PUBLISHED: "Another version of a prompt is live",
    LABEL_MOVED: "Another label, such as staging, was moved or removed",
    RUN_FINISHED: "A run of cases has finished",
    EXPERIMENT_ENDED: "An experiment has ended",
    ANSWER_FINISHED: "An answer in a conversation has ended, however it did",
    FEEDBACK_GIVEN: "A user gave an answer a thumb",
    KEY_REFUSED: "A provider refused a key, which is not used any more",
    CIRCUIT_OPENED: "A provider failed repeatedly with a model, and is paused",
    BUDGET_REACHED: "A budget is used up, for the first time in its month",
}


def tell(event: str, data: Mapping[str, Any], by: User | None) -> None:
    """Have all active webhooks that want this event told of it, once the caller's transaction is committed.

    `data` has ids, slugs, numbers and names: nothing that a user or a model said.
    """
    with transaction.atomic():
        for webhook in Webhook.objects.filter(active=True):
            if event in webhook.events:
                delivery.put(webhook, event, body_of(event, data, by))


def tell_experiment_ended(experiment: Experiment) -> None:
    """In the transaction in which it ended."""
    compared = {"live": version(experiment.live), "candidate": version(experiment.candidate), "share_percent": experiment.share}
    ended = {"id": str(experiment.pk), **compared, "ending": experiment.ending, "reason": experiment.reason}
    tell(EXPERIMENT_ENDED, {"prompt": prompt(experiment.prompt), "experiment": ended}, experiment.ended_by)


def is_wanted(event: str) -> bool:
    """Whether some webhook may want it, as of the last seconds: for what happens with each answer, so that it costs nothing without."""
    return event in _wanted.get()


def _read_wanted() -> frozenset[str]:
    return frozenset(event for events in Webhook.objects.filter(active=True).values_list("events", flat=True) for event in events)


_wanted = kept(Fresh(_read_wanted, 2.0))


def send_test(webhook: Webhook, by: User) -> WebhookDelivery:
    """One attempt, whether it is active or not."""
    return delivery.put(webhook, delivery.TEST, body_of(delivery.TEST, {}, by))


def body_of(event: str, data: Mapping[str, Any], by: User | None) -> str:
    """As Standard Webhooks advises: type, timestamp and data."""
    who = {"id": str(by.pk), "username": by.get_username()} if by else None
    message = {"type": event, "timestamp": timezone.now().isoformat(timespec="milliseconds"), "data": {**data, "by": who}}
    return json.dumps(message, ensure_ascii=False, separators=(",", ":"))


def prompt(of: SystemPrompt) -> dict[str, Any]:
    """How messages name a prompt."""
    return {"id": str(of.pk), "slug": of.slug, "name": of.name}


def version(of: PromptVersion | None) -> dict[str, Any] | None:
    return {"id": str(of.pk), "number": of.number} if of else None
