"""The change form of a system prompt: its own fields and the wording of the published version."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from django import forms
from django.core.exceptions import ValidationError
from django.http import QueryDict

from conversations.admin.base.optimistic_locking import OptimisticLocking
from conversations.admin.base.suggesting_input import SuggestingInput
from conversations.models import Audience, ModelChoice, SystemPrompt
from conversations.models.parameters import PARAMETERS, clean
from conversations.studio.wording import Wording, plain, wording_of

from .fields import MAX_LISTED_MODELS, MAX_MODEL_CHARACTERS, TEXT_LENGTH, EditorWidget, StartersField, parameter_field
from .rejected_parameters import known_models, refused
from .saved_meanwhile import changes_since, state_of


class PromptForm(OptimisticLocking):
    default = forms.BooleanField(required=False, help_text="Used when users don’t pick a prompt. Exactly one prompt is the default.")
    text = forms.CharField(
        required=False,
        strip=False,
        max_length=TEXT_LENGTH,
        widget=EditorWidget,
        help_text="The instructions the model gets before the conversation. Saving a change publishes a new version; earlier ones stay.",
    )
    model = forms.CharField(
        required=False,
        max_length=MAX_MODEL_CHARACTERS,
        widget=SuggestingInput,
        help_text="As the provider calls it. Empty: the provider's default model.",
    )
    temperature = parameter_field("temperature")
    top_p = parameter_field("top_p")
    max_output_tokens = parameter_field("max_output_tokens")
    reasoning_effort = parameter_field("reasoning_effort")
    starters = StartersField(
        required=False,
        widget=forms.Textarea({"rows": 4, "class": "starters-source"}),
        help_text="Questions offered on the empty page, one per line: at most 6, each up to 120 characters.",
    )
    note = forms.CharField(
        required=False,
        max_length=200,
        widget=forms.TextInput({"class": "vTextField", "autocomplete": "off"}),
        help_text="What changed and why: kept with the new version and shown in its history.",
    )

    class Meta:
        model = SystemPrompt
        fields = ("name", "slug", "description", "audience", "model_choice", "listed_models", "effort_choice")
        labels: ClassVar = {"effort_choice": "Reasoning effort"}
        help_texts: ClassVar = {"effort_choice": "Users may choose it, where it is known which efforts the model takes."}
        widgets: ClassVar = {"listed_models": forms.Textarea({"rows": 4, "spellcheck": "false", "autocomplete": "off"})}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        published = self.instance.published
        self.before = wording_of(published)
        self.before_version = published.number if published else 0
        for name, value in {
            "default": self.instance.is_default,
            **self.before,
            **self.before["parameters"],
        }.items():
            self.initial.setdefault(name, value)
        if isinstance(self.data, QueryDict):
            self.data = self.data.copy()
            for name, values in self.data.lists():
                self.data.setlist(name, [plain(value) for value in values])
        self._suggest_and_warn()

    def _suggest_and_warn(self) -> None:
        widget = self.fields["model"].widget
        assert isinstance(widget, SuggestingInput)
        widget.suggestions = tuple(known_models())
        self.refused = refused(str(self["model"].value() or ""))
        for name, rejection in self.refused.items():
            if name in self.fields:
                self.fields[name].help_text = rejection.warning(self.fields[name].help_text)

    @property
    def wording(self) -> Wording:
        """What was submitted; only on a valid form."""
        return {
            "text": self.cleaned_data["text"],
            "model": self.cleaned_data["model"],
            "parameters": self.cleaned_data["parameters"],
            "starters": self.cleaned_data["starters"],
        }

    @property
    def wording_changed(self) -> bool:
        return self.instance.published is None or self.wording != self.before

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or self.cleaned_data
        try:
            data["parameters"] = clean({name: data.get(name) for name in PARAMETERS})
        except ValidationError as error:
            self.add_error(None, error)
        if data.get("model_choice") == ModelChoice.LISTED and not data.get("listed_models"):
            self.add_error("listed_models", "List at least one model, or choose another kind of choice above.")
        if self.instance.is_default and not data.get("default"):
            self.add_error("default", "One prompt must be the default. Tick this on another prompt instead.")
        elif data.get("default") and data.get("audience") not in (None, Audience.EVERYONE):
            self.add_error("audience", "The default prompt answers everyone, so it can't be hidden. Make another prompt the default first.")
        return data

    def clean_listed_models(self) -> str:
        names = list(dict.fromkeys(name for line in self.cleaned_data["listed_models"].splitlines() if (name := line.strip())))
        if len(names) > MAX_LISTED_MODELS:
            raise ValidationError(f"At most {MAX_LISTED_MODELS} models can be listed; these are {len(names)}.")
        if long := [name for name in names if len(name) > MAX_MODEL_CHARACTERS]:
            raise ValidationError(f"“{long[0][:40]}…” is too long for a model’s name: one name per line.")
        return "\n".join(names)

    def state_of(self, row: SystemPrompt) -> dict[str, Any]:
        return state_of(row)

    def changes_since(self, opened: Mapping[str, Any], row: SystemPrompt) -> list[str]:
        """All entries stay as they are: the page shows what the other change did to the text."""
        return changes_since(opened, row)
