"""The values that a user gives for the variables of a conversation's prompt. Synchronous."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import Any

from django.core.exceptions import ValidationError

from conversations.models import Conversation, PromptVersion, SystemPrompt, User
from conversations.models.variables import clean_values
from conversations.rendering import told

from . import owned, staging
from .refusals import Refused


def change(user: User, conversation_id: uuid.UUID, given: Mapping[str, Any]) -> Conversation:
    """For the next answers of a conversation that is there. Raises Refused."""
    conversation = owned.conversation(user, conversation_id)
    take(conversation, version_of(conversation), given)
    return conversation


def version_of(conversation: Conversation) -> PromptVersion | None:
    """That the next answer follows."""
    prompt = conversation.prompt or SystemPrompt.objects.filter(is_default=True).select_related("published").first()
    return staging.followed(conversation, prompt)[0]


def take(conversation: Conversation, version: PromptVersion | None, given: Mapping[str, Any]) -> None:
    """Keep them with the conversation, which needn't be saved yet. Raises Refused, with a sentence for each that is wrong or missing."""
    try:
        conversation.variables = clean_values(version.variables if version else [], given)
    except ValidationError as error:
        raise Refused("variables", " ".join(error.messages)) from error
    if not conversation._state.adding:
        Conversation.objects.filter(pk=conversation.pk).update(variables=conversation.variables)


def filled_in(version: PromptVersion, conversation: Conversation) -> dict[str, Any] | None:
    """What the next reply is to be told with. Raises Refused."""
    try:
        return told.filling(version, conversation.owner, conversation.variables)
    except told.Unfilled as error:
        raise Refused("variables" if error.is_of_values else "invalid", str(error)) from error
