"""The form fields of a prompt's wording: of the whole form of a prompt, and of what is saved while it is typed."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.http import QueryDict

from conversations.admin.base.editor_widget import EditorWidget
from conversations.admin.base.lines_field import StartersField
from conversations.admin.base.opened_field import OpenedField
from conversations.admin.base.suggesting_input import SuggestingInput
from conversations.models.parameters import PARAMETERS, clean
from conversations.studio.bounds import MAX_MODEL_CHARACTERS, TEXT_LENGTH
from conversations.studio.checks import plain
from conversations.studio.wording import Wording
from conversations.studio.wording_fields import FIELDS

from .fields import PlainValueField, parameter_field

WORDING = tuple(name for field in FIELDS for name in (PARAMETERS if field == "parameters" else (field,)))
"""The names of the form's fields."""


class WordingFields(forms.Form):
    text = forms.CharField(
        required=False,
        strip=False,
        max_length=TEXT_LENGTH,
        widget=EditorWidget(has_names=True),
        help_text="The instructions the model gets before the conversation. What you save is a draft: publishing it is a step of its own.",
    )
    model = forms.CharField(
        required=False,
        max_length=MAX_MODEL_CHARACTERS,
        widget=SuggestingInput,
        help_text="As the provider calls it. Empty: the provider’s default model.",
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

    variables = PlainValueField(FIELDS["variables"], "What users fill in when they begin a conversation; the text has it as {{ name }}.")
    examples = PlainValueField(FIELDS["examples"], "Messages that the model gets before the conversation, to go by.")
    output_schema = PlainValueField(FIELDS["output_schema"], "The JSON schema of answers, for models that can keep to one.")

    data: Any

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if isinstance(self.data, QueryDict):
            self.data = self.data.copy()
            for name, values in self.data.lists():
                self.data.setlist(name, [plain(value) for value in values])

    def clean(self) -> dict[str, Any]:
        try:
            self.cleaned_data["parameters"] = clean({name: self.cleaned_data.get(name) for name in PARAMETERS})
        except ValidationError as error:
            self.add_error(None, error)
        return super().clean() or self.cleaned_data

    @property
    def has_wording(self) -> bool:
        """Whether all of the wording is valid."""
        return not any(name in self.errors for name in WORDING)

    @property
    def wording(self) -> Wording:
        """What was submitted; only where has_wording."""
        return {name: self.cleaned_data[name] for name in FIELDS}

    def typed(self, wording: Wording) -> dict[str, Any]:
        """A wording as values of the form's fields, as they are typed."""
        values = {**{name: wording["parameters"].get(name, "") for name in PARAMETERS}, **wording}
        return {name: self.fields[name].prepare_value(values[name]) for name in WORDING}


class DraftForm(WordingFields):
    """What the editor sends while it is typed."""

    opened = OpenedField(required=False)
