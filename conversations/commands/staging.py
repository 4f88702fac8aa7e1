"""Versions labelled `staging`, with which users who have the right may chat before they are live, and those that a widget names.

Synchronous.
"""

from __future__ import annotations

from conversations.models import STAGING, Conversation, PromptLabel, PromptVersion, SystemPrompt, User, Widget
from conversations.models.compiled import Select
from conversations.routing import sight

from . import experiments
from .refusals import Refused

RIGHT = "conversations.stage_systemprompt"
_ENDING = f":{STAGING}"


def offered_to(user: User) -> list[PromptLabel]:
    """The labels, with prompt and version, of prompts that the user may choose. The right is only asked for where there are any."""
    found = (_STAGED_FOR_STAFF if user.is_staff else _STAGED).all()
    return found if found and user.has_perm(RIGHT) else []


def split(requested: str | None) -> tuple[str | None, str]:
    """What names a prompt in `requested`, and the label that follows it."""
    if requested is not None and requested.endswith(_ENDING):
        return requested.removesuffix(_ENDING), STAGING
    return requested, ""


def require(user: User, prompt: SystemPrompt | None) -> None:
    """Raises Refused where the user may not choose what is staged of the prompt, in the words for prompts that aren't there."""
    if prompt is None or not (_has_right(user) and prompt.labels.filter(name=STAGING).exists()):
        raise Refused("invalid", "That assistant isn’t available any more. Choose another one.")


def followed(conversation: Conversation, prompt: SystemPrompt | None, *, sees: bool = False) -> tuple[PromptVersion | None, str]:
    """The version that the next answer follows, and a sentence for the user where what was staged has to be left. `sees`: it has to.

    The conversation then follows what is live; the caller saves it.
    """
    live = prompt.published if prompt else None
    if prompt is None:
        return None, ""
    if not conversation.prompt_label:
        candidate = experiments.candidate_of(conversation, prompt)
        if candidate is not None and sees and sight.sees(candidate.model) is False:
            candidate = None  # users don't know that they are in an experiment: it is not for them to do without images
        return candidate or live, ""
    if _may_follow(conversation.owner, conversation.prompt_label):
        label = prompt.labels.select_related("version").filter(name=conversation.prompt_label).first()
        if label:
            return label.version, ""
    conversation.prompt_label = ""
    return live, "The version that was tried here isn’t available any more, so the assistant’s live version answers."


def of_widget(visitor: User) -> str:
    """The label of the version that answers this visitor; empty: what is live."""
    return Widget.objects.filter(visitors__user=visitor).values_list("prompt_label", flat=True).first() or ""


def _may_follow(owner: User, label: str) -> bool:
    return of_widget(owner) == label if owner.is_visitor else _has_right(owner)


def _has_right(user: User) -> bool:
    """As it is now: an open page keeps what its user might do before."""
    return User.objects.get(pk=user.pk).has_perm(RIGHT)


def _staged(user: User) -> Select[PromptLabel]:
    prompts = SystemPrompt.objects.offered_to(user).order_by()
    return Select(
        lambda: PromptLabel.objects.filter(name=STAGING, prompt__in=prompts).select_related("prompt", "version").order_by("prompt__name")
    )


_STAGED, _STAGED_FOR_STAFF = _staged(User()), _staged(User(is_staff=True))
