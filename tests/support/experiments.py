"""Experiments for tests, and conversations that took part in them."""

from __future__ import annotations

from typing import Any

from django.utils import timezone

from conversations.evaluation.experiments import running
from conversations.models import NANO, Arm, Conversation, Experiment, Feedback, Message, Role, Status, SystemPrompt, Thumb, User

from . import ledger


def started(prompt: SystemPrompt, by: User, text: str = "Be the candidate.", **planned: Any) -> Experiment:
    """With a candidate that says `text`; by a superuser, say."""
    candidate = prompt.publish(text=text, label="next")
    by.is_staff = True
    return running.start(prompt, candidate, by, **{"share": 50, "fewest": 30, **planned})


def took_part(
    experiment: Experiment, arm: Arm, owner: User, *, answers: int = 1, errors: int = 0, up: int = 0, down: int = 0, **attempt: Any
) -> Conversation:
    """A conversation of the arm with so many answers, the first of them failed, and the last with thumbs."""
    now = timezone.now()
    conversation = Conversation.objects.create(owner=owner, prompt=experiment.prompt, experiment=experiment, arm=arm, updated=now)
    version = experiment.candidate if arm == Arm.CANDIDATE else experiment.live
    for number in range(answers):
        reply = Message.objects.create(
            conversation=conversation, owner=owner, role=Role.ASSISTANT, status=Status.COMPLETE, prompt_version=version
        )
        outcome = "provider" if number < errors else "ok"
        ledger.attempt(
            now, outcome, reply=reply, owner=owner, prompt_version=version, **{"cost": NANO // 100, "first_token_ms": 500, **attempt}
        )
        if number >= answers - up - down:
            Feedback.objects.create(message=reply, user=owner, thumb=Thumb.UP if number < answers - down else Thumb.DOWN)
    return conversation
