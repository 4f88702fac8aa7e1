"""Conversations in experiments: which arm a new one is in, and whether the candidate answers. Synchronous."""

from __future__ import annotations

import hashlib
import uuid

from django.db import models

from conversations.models import Arm, Conversation, Experiment, PromptVersion, SystemPrompt
from conversations.models.compiled import Parameter, Select


def join(conversation: Conversation, *, model: str | None, effort: str | None) -> None:
    """Give a new conversation an arm, where an experiment with its prompt runs; the caller saves it.

    Who chose a version, a model or an effort isn't given another one.
    """
    prompt = conversation.prompt
    if prompt is None or prompt.experiment_id is None or conversation.prompt_label or model or effort:
        return
    running = _RUNNING.first(id=prompt.experiment_id)
    if running is not None and running.live_id == prompt.published_id:
        conversation.experiment, conversation.arm = running, arm_of(running, conversation.pk)


def arm_of(experiment: Experiment, conversation_id: uuid.UUID) -> Arm:
    """By a hash of both ids: the same in every process, and in each experiment other conversations."""
    digest = hashlib.sha256(experiment.pk.bytes + conversation_id.bytes).digest()
    return Arm.CANDIDATE if int.from_bytes(digest[:8], "big") * 100 < experiment.share * 2**64 else Arm.LIVE


def candidate_of(conversation: Conversation, prompt: SystemPrompt) -> PromptVersion | None:
    """The version that answers in place of the live one; None where that is the live one itself.

    The experiment is looked up with each answer, so that from its end on no process asks its candidate.
    """
    if conversation.arm != Arm.CANDIDATE or conversation.experiment_id is None:
        return None
    found = _RUNNING.first(id=conversation.experiment_id)
    if found is None or found.prompt_id != prompt.pk or found.live_id != prompt.published_id:
        return None
    return found.candidate


_RUNNING = Select(
    lambda: Experiment.objects.running().filter(pk=Parameter("id", models.UUIDField())).order_by().select_related("candidate")
)
