"""What programs may ask: assistants as `slug` and `slug@label`, and models without an assistant. Synchronous."""

from __future__ import annotations

from typing import NamedTuple

from django.db.models import Exists, OuterRef

from conversations.commands import staging
from conversations.models import LIVE, PromptLabel, PromptVersion, Scope, SystemPrompt
from conversations.routing import capable, offered

from .authentication import Caller
from .errors import ApiError


class Assistant(NamedTuple):
    prompt: SystemPrompt
    version: PromptVersion
    label: str = ""
    """Empty for what is live."""

    @property
    def id(self) -> str:
        return f"{self.prompt.slug}@{self.label}" if self.label else self.prompt.slug


def all_of(caller: Caller) -> list[Assistant]:
    """Those that the caller may ask, the default first; each followed by its labels, if its user may chat with what is staged."""
    prompts = [prompt for prompt in SystemPrompt.objects.offered_to(caller.user).select_related("published") if caller.may_use(prompt)]
    labels: dict[object, list[PromptLabel]] = {}
    if caller.user.has_perm(staging.RIGHT):
        for label in PromptLabel.objects.filter(prompt__in=prompts).select_related("version"):
            labels.setdefault(label.prompt_id, []).append(label)
    found: list[Assistant] = []
    for prompt in prompts:
        assert prompt.published is not None  # or it wouldn't be offered
        found.append(Assistant(prompt, prompt.published))
        found += [Assistant(prompt, label.version, label.name) for label in labels.get(prompt.pk, ())]
    return found


def named(caller: Caller, model: str) -> Assistant | None:
    """The assistant that `model` names as `slug` or `slug@label`; None where it names none that the caller may ask."""
    return _named(caller, model, _with_slug(caller, model))


def _with_slug(caller: Caller, model: str) -> SystemPrompt | None:
    """The prompt that has this name, whether or not it is offered to the caller, which its `is_offered` says."""
    if "\0" in model:  # PostgreSQL has no text with it
        return None
    offered_to_user = Exists(SystemPrompt.objects.offered_to(caller.user).filter(pk=OuterRef("pk")))
    prompts = SystemPrompt.objects.annotate(is_offered=offered_to_user).select_related("published")
    return prompts.filter(slug=model.partition("@")[0]).first()


def _named(caller: Caller, model: str, prompt: SystemPrompt | None) -> Assistant | None:
    label = model.partition("@")[2]
    if prompt is None or not getattr(prompt, "is_offered") or prompt.published is None or not caller.may_use(prompt):  # noqa: B009
        return None
    if label in ("", LIVE):
        return Assistant(prompt, prompt.published)
    row = prompt.labels.select_related("version").filter(name=label).first() if caller.user.has_perm(staging.RIGHT) else None
    return Assistant(prompt, row.version, label) if row else None


def raw_models(caller: Caller) -> list[str]:
    """The names of models that the caller may ask without an assistant."""
    return list(dict.fromkeys([*offered.names(), *capable.names()])) if Scope.RAW_MODELS in caller.scopes else []


def asked(caller: Caller, model: str) -> Assistant | str:
    """What a request for an answer names: an assistant, or else a model. Raises ApiError where it names neither."""
    prompt = _with_slug(caller, model)
    if assistant := _named(caller, model, prompt):
        return assistant
    # An assistant that the caller may not ask must not be answered for by a model of its name.
    if prompt is None and Scope.RAW_MODELS in caller.scopes and offered.may_be_named(model):
        return model
    raise not_found(model)


def not_found(model: str, more: str = "") -> ApiError:
    said = f"The model “{model[:200]}” does not exist, or this token may not use it."
    return ApiError(404, f"{said} {more}".rstrip(), code="model_not_found", param="model")
