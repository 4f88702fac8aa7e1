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
    running = _DRAWING.first(id=prompt.experiment_id)
    if running is not None and running[1] == prompt.published_id:
        conversation.experiment_id = prompt.experiment_id
        conversation.arm = arm_of(prompt.experiment_id, conversation.pk, share=running[0])


def arm_of(experiment_id: uuid.UUID, conversation_id: uuid.UUID, *, share: int) -> Arm:
    """By a hash of both ids: the same in every process, and in each experiment other conversations. `share`: per cent."""
    digest = hashlib.sha256(experiment_id.bytes + conversation_id.bytes).digest()
    return Arm.CANDIDATE if int.from_bytes(digest[:8], "big") * 100 < share * 2**64 else Arm.LIVE


def candidate_of(conversation: Conversation, prompt: SystemPrompt) -> PromptVersion | None:
    """The version that answers in place of the live one; None where that is the live one itself.

    The experiment is looked up with each answer, so that from its end on no process asks its candidate.
    """
    if conversation.arm != Arm.CANDIDATE or conversation.experiment_id is None:
        return None
    found = _RUNNING.first(id=conversation.experiment_id)
    return found.candidate if found is not None and found.live_id == prompt.published_id else None


_ID = Parameter("id", models.UUIDField())
_DRAWING = Select(lambda: Experiment.objects.running().filter(pk=_ID).order_by().values_list("share", "live_id"))
_RUNNING = Select(lambda: Experiment.objects.running().filter(pk=_ID).order_by().select_related("candidate"))
