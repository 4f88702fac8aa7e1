"""The prompt, the model and the reasoning effort that a user chooses for the answers of a conversation. Synchronous."""

from __future__ import annotations

import uuid
from typing import Any, NamedTuple

from django.db.models import Q

from conversations.models import Conversation, ModelChoice, PromptVersion, SystemPrompt, User
from conversations.models.compiled import Select
from conversations.routing import offered

from . import staging
from .refusals import Refused

EFFORT = "reasoning_effort"


class Asked(NamedTuple):
    """What the next reply is asked with."""

    model: str
    parameters: dict[str, Any]
    notice: str = ""
    """A sentence for the user, where the model that was chosen before has to be left."""


def take_prompt(conversation: Conversation, user: User, requested: str | None) -> None:
    """Have it follow the prompt named by id or slug, or by one of them and “:staging”, or the default one. Raises Refused."""
    name, label = staging.split(requested)
    conversation.prompt, conversation.prompt_label = prompt_for(user, name), label
    if user.is_visitor:
        conversation.prompt_label = staging.of_widget(user)
    elif label:
        staging.require(user, conversation.prompt)


def prompt_for(user: User, requested: str | None) -> SystemPrompt | None:
    """The prompt named by id or slug, or the default one."""
    if requested is None:
        return (_DEFAULT_FOR_STAFF if user.is_staff else _DEFAULT).first()
    offered = SystemPrompt.objects.offered_to(user).select_related("published")
    try:
        prompt = offered.filter(pk=uuid.UUID(requested)).first()
    except ValueError:
        prompt = offered.filter(slug=requested).first()
    if prompt is None:
        raise Refused("invalid", "That assistant isn’t available any more. Choose another one.")
    return prompt


def answering(user: User, named: str, conversation: str) -> SystemPrompt | None:
    """The prompt that answers the user now: the one named by its id, as far as they may ask it; else that of their conversation, which may
    have none; else the default one.
    """
    own = Conversation.objects.of(user)
    if key := _id(staging.split(named)[0]):
        offered_or_followed = Q(pk__in=SystemPrompt.objects.offered_to(user).order_by().values("pk")) | Q(pk__in=own.values("prompt"))
        if found := SystemPrompt.objects.filter(offered_or_followed, pk=key).first():
            return found
    if (key := _id(conversation)) and (open_now := own.filter(pk=key).select_related("prompt").first()):
        return open_now.prompt
    return prompt_for(user, None)


def _id(given: str | None) -> uuid.UUID | None:
    try:
        return uuid.UUID(given or "")
    except ValueError:
        return None


def models_of(prompt: SystemPrompt) -> list[str]:
    """Which models users may choose for it now."""
    match prompt.model_choice:
        case ModelChoice.ANY:
            return offered.names()
        case ModelChoice.LISTED:
            return [name for name in dict.fromkeys(prompt.listed_models.splitlines()) if offered.is_offered(name)]
    return []


def taken(
    conversation: Conversation, prompt: SystemPrompt | None, version: PromptVersion | None, model: str | None, effort: str | None
) -> Asked:
    """Take a choice for this and the next answers: None keeps the one before, "" is the prompt's own. The caller saves the conversation.

    Raises Refused where the prompt doesn't allow the choice.
    """
    own, parameters = (version.model, version.parameters) if version else ("", {})
    if model is None and effort is None and not conversation.model and not conversation.effort:
        return Asked(own, parameters)
    if model is not None:
        conversation.model = _allowed_model(prompt, own, model)
    notice = ""
    if conversation.model and not (prompt and conversation.model in models_of(prompt)):
        notice = f"“{conversation.model}” can’t be chosen any more, so the assistant’s own model answers."
        conversation.model = ""
    chosen = conversation.model or own
    takes = offered.efforts(chosen)
    if effort is not None:
        conversation.effort = _allowed_effort(prompt, effort, takes)
    return Asked(chosen, _with_effort(conversation, prompt, parameters, takes), notice)


def _allowed_model(prompt: SystemPrompt | None, own: str, model: str) -> str:
    if not model or (model == (own or offered.default()) and offered.is_offered(model)):
        return ""
    if prompt is None or prompt.model_choice == ModelChoice.NONE:
        raise Refused("invalid", "This assistant answers with its own model: another one can’t be chosen.")
    if model not in models_of(prompt):
        raise Refused("invalid", f"“{model}” can’t be chosen for this assistant. Choose another model.")
    return model


def _allowed_effort(prompt: SystemPrompt | None, effort: str, takes: tuple[str, ...] | None) -> str:
    if not effort:
        return ""
    if prompt is None or not prompt.effort_choice:
        raise Refused("invalid", "The reasoning effort of this assistant can’t be chosen.")
    if effort not in (takes or ()):
        detail = f"takes these: {', '.join(takes)}" if takes else "takes none"
        raise Refused("invalid", f"“{effort[:40]}” is no reasoning effort of this model; it {detail}.")
    return effort


def _with_effort(
    conversation: Conversation, prompt: SystemPrompt | None, parameters: dict[str, Any], takes: tuple[str, ...] | None
) -> dict[str, Any]:
    if takes is None:
        return parameters
    if conversation.effort in takes and prompt is not None and prompt.effort_choice:
        return {**parameters, EFFORT: conversation.effort}
    if conversation.model and EFFORT in parameters and parameters[EFFORT] not in takes:  # it is meant for the prompt's own model
        return {name: value for name, value in parameters.items() if name != EFFORT}
    return parameters


def _default(user: User) -> Select[SystemPrompt]:
    return Select(lambda: SystemPrompt.objects.offered_to(user).filter(is_default=True).select_related("published"))


_DEFAULT, _DEFAULT_FOR_STAFF = _default(User()), _default(User(is_staff=True))
