"""The change form of a system prompt: its own fields, and the wording of its draft."""

from __future__ import annotations

import json
from typing import Any, ClassVar

from django import forms
from django.core.exceptions import ValidationError
from django.urls import reverse
from django.utils.html import format_html

from conversations.admin.base.optimistic_locking import OptimisticLocking
from conversations.admin.base.shown import with_days_left
from conversations.admin.base.suggesting_input import SuggestingInput
from conversations.models import Audience, ModelChoice, SystemPrompt, User
from conversations.models.names import clean_name
from conversations.models.switches import SWITCHES
from conversations.routing import drawing, shutdowns
from conversations.studio import drafts, rights
from conversations.studio.bounds import MAX_LISTED_MODELS, MAX_MODEL_CHARACTERS
from conversations.studio.merging import Clash, merge
from conversations.studio.wording import Difference, Wording, difference, wording_of

from . import costs
from .fields import PromptTagsField
from .opened import change_of_wording, changes_of_details, opened_wording, state_of
from .rejected_parameters import known_models, refused
from .warnings import of_text
from .wording_fields import WordingFields

PUBLISHERS_ALONE = (
    *("audience", "default", "model_choice", "listed_models", "effort_choice", "switched_off", "draws", "fallback_model"),
    *("voice", "voice_speed", "voice_instructions"),
)
"""These say at once what everybody gets."""


SUPERUSERS_ALONE = ("review_percent", "approvals_needed", "cases_required", "live_reserved", "live_groups", "live_users")


class PromptForm(WordingFields, OptimisticLocking):
    tags = PromptTagsField(required=False, help_text="Between commas, to find it by in the list of prompts.")
    default = forms.BooleanField(required=False, help_text="Used when users don’t pick a prompt. Exactly one prompt is the default.")

    switched_off = forms.MultipleChoiceField(
        required=False,
        choices=[(switch.name, switch.label) for switch in SWITCHES.values()],
        widget=forms.CheckboxSelectMultiple,
        help_text="What is ticked can’t be done in conversations with this prompt. For the whole site, settings switch it off.",
    )

    class Meta:
        model = SystemPrompt
        fields = (
            *(*SystemPrompt.DETAILS, "slug", "tags"),
            *("approvals_needed", "cases_required", "review_percent", "live_reserved", "live_groups", "live_users"),
        )
        labels: ClassVar = {"effort_choice": "Reasoning effort", "draws": "The assistant draws"}
        help_texts: ClassVar = {
            "effort_choice": "Users may choose it, where it is known which efforts the model takes.",
            "draws": "When users ask for one in words, where the model draws in answers and its provider speaks the Responses API.",
        }
        widgets: ClassVar = {
            "listed_models": forms.Textarea({"rows": 4, "spellcheck": "false", "autocomplete": "off"}),
            "live_groups": forms.CheckboxSelectMultiple,
            "voice_instructions": forms.Textarea({"rows": 2}),
            "fallback_model": SuggestingInput,
        }

    user: User
    """Who opens the form; set by the admin."""
    may_publish = True
    clashes: list[Clash] = []  # noqa: RUF012 (never changed)
    """Where others changed the same words meanwhile."""
    overtaken_by: Difference | None = None
    """What others changed meanwhile."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.before: Wording = wording_of(None) if self.instance._state.adding else self.current["draft"]["wording"]
        for name, value in {
            "default": self.instance.is_default,
            **self.before,
            **self.before["parameters"],
        }.items():
            self.initial.setdefault(name, value)
        fixed = {
            *(() if self.may_publish else PUBLISHERS_ALONE),
            *(() if self.user.is_superuser else SUPERUSERS_ALONE),
        }
        for name in self.fields.keys() & fixed:
            self.fields[name].disabled = True
        self._suggest_and_warn()

    def _suggest_and_warn(self) -> None:
        attrs = self.fields["text"].widget.attrs if "text" in self.fields else {}
        attrs["data-preview"] = reverse("admin:conversations_systemprompt_form_preview")
        attrs["data-token-dollars"] = costs.token_dollars(self.before["model"])
        if not self.is_bound:
            attrs["data-problems"] = json.dumps(of_text(self.before))
        widget = self.fields["model"].widget
        assert isinstance(widget, SuggestingInput)
        widget.suggestions = tuple(known_models())
        days = {name: day for name in widget.suggestions if (day := shutdowns.of(name))}
        widget.remarks = {name: f"shut down on {with_days_left(day)}" for name, day in days.items()}
        if isinstance(fallback := self.fields["fallback_model"].widget if "fallback_model" in self.fields else None, SuggestingInput):
            fallback.suggestions, fallback.remarks = widget.suggestions, widget.remarks
        field = self["model"]
        model = str(field.value() or "")
        if (leaves := shutdowns.of(model)) is not None:
            said = f"The {f'model {model}' if model else 'default model'} is shut down on {with_days_left(leaves)}."
            field.help_text = format_html('{} <strong class="refused-parameter">{}</strong>', field.help_text, said)
        if "draws" in self.fields and (draws := self["draws"]).value() and not drawing.draw_in_answers(model):
            said = f"{f'The model {model}' if model else 'The default model'} can’t: without effect."
            draws.help_text = format_html('{} <strong class="refused-parameter">{}</strong>', draws.help_text, said)
        self.refused = refused(model)
        for name, rejection in self.refused.items():
            if name in self.fields:
                self.fields[name].help_text = rejection.warning(self.fields[name].help_text)

    def clean_name(self) -> str:
        return clean_name(self.cleaned_data["name"])

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean()
        if data.get("model_choice") == ModelChoice.LISTED and not data.get("listed_models"):
            self.add_error("listed_models", "List at least one model, or choose another kind of choice above.")
        if self.instance.is_default and not data.get("default"):
            self.add_error("default", "One prompt must be the default. Tick this on another prompt instead.")
        elif data.get("default") and not self.instance.is_default and (refused := self._refused_default()):
            self.add_error("default", refused)
        elif data.get("default") and data.get("audience") not in (None, Audience.EVERYONE):
            self.add_error("audience", "The default prompt answers everyone, so it can’t be hidden. Make another prompt the default first.")
        if (data.get("live_groups") or data.get("live_users")) and not data.get("live_reserved"):
            self.add_error("live_reserved", "Users or groups are named below: tick this, or name none.")
        return data

    def _refused_default(self) -> str:
        if self.instance.archived:
            return "It is archived: restore it first."
        return rights.refused_default(self.user, self.instance)

    def clean_listed_models(self) -> str:
        names = list(dict.fromkeys(name for line in self.cleaned_data["listed_models"].splitlines() if (name := line.strip())))
        if len(names) > MAX_LISTED_MODELS:
            raise ValidationError(f"At most {MAX_LISTED_MODELS} models can be listed; these are {len(names)}.")
        if long := [name for name in names if len(name) > MAX_MODEL_CHARACTERS]:
            raise ValidationError(f"“{long[0][:40]}…” is too long for a model’s name: one name per line.")
        return "\n".join(names)

    def state_of(self, row: SystemPrompt) -> dict[str, Any]:
        return state_of(row)

    def _refuse_overwriting(self, row: SystemPrompt) -> None:
        opened = self.cleaned_data.get("opened")
        said = [
            f"Not saved yet: after you opened this form, {'; '.join(changes)}." for changes in [changes_of_details(opened, row)] if changes
        ]
        if said:
            said.append("Your entries are still below. Take over what you want to keep, then save again.")
        if self.has_wording:
            said = [*self._brought_together(opened, row), *said]
        if not said:
            return
        self.overtaken = True
        self.current = self.state_of(row)
        self._show({"opened": self.fields["opened"].prepare_value(self.current)})
        self.add_error(None, " ".join(said))

    def _brought_together(self, opened: object, row: SystemPrompt) -> list[str]:
        """What is to be said of changes that others made of the wording; they are taken into the form."""
        base, ours, theirs = opened_wording(opened), self.wording, drafts.edited(row)
        if theirs in (base, ours):
            return []
        if ours == base:  # this administrator left it alone
            self.cleaned_data |= {**theirs, **theirs["parameters"]}
            return []
        merged = merge(base or wording_of(None), ours, theirs)
        self.clashes, self.overtaken_by = merged.clashes, difference(base or wording_of(None), theirs)
        self._show(self.typed(merged.wording))
        said = [f"Not saved yet: after you opened this form, {change_of_wording(opened, row)}."]
        if merged.clashes:
            return [*said, "Both changes are in the form now. Where both changed the same words, yours stand: compare, then save again."]
        return [*said, "Both changes are in the form now: read it, then save again."]

    def _show(self, values: dict[str, Any]) -> None:
        self.data = self.data.copy()
        for name, value in values.items():
            self.data[self.add_prefix(name)] = str(value)
