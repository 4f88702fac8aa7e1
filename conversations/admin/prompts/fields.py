"""The form fields of a prompt's wording."""

from __future__ import annotations

import json
from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from conversations.admin.base.suggesting_input import SuggestingInput
from conversations.admin.base.tags_field import TagsField
from conversations.models.parameters import PARAMETERS
from conversations.studio.bounds import MAX_PLAIN_VALUE_CHARACTERS, MAX_TAG_CHARACTERS, MAX_TAGS
from conversations.studio.files.safe_yaml import YamlProblem, read_plain, write_plain
from conversations.studio.wording_fields import WordingField


def parameter_field(name: str) -> forms.Field:
    """An optional field for one of PARAMETERS; what values it may have is checked by `parameters.clean`."""
    parameter = PARAMETERS[name]
    shared: dict[str, Any] = {"required": False, "label": parameter.label, "help_text": parameter.help}
    if parameter.kind == "word":
        return forms.CharField(max_length=20, widget=SuggestingInput(parameter.suggestions), **shared)
    limits = {"min": parameter.minimum, "max": parameter.maximum, "placeholder": "not sent"}
    if parameter.kind == "whole":
        return forms.IntegerField(widget=forms.NumberInput(limits), **shared)
    return forms.FloatField(widget=forms.NumberInput({**limits, "step": "any"}), **shared)


class PlainValueField(forms.Field):
    """A field of the wording that is a list or a mapping, written as YAML; JSON is YAML, too."""

    widget = forms.Textarea

    def __init__(self, field: WordingField, help_text: str) -> None:
        self.field = field
        super().__init__(
            required=False,
            label=field.label,
            help_text=help_text,
            widget=forms.Textarea({"rows": 4, "class": "plain-value", "spellcheck": "false", "autocomplete": "off"}),
        )

    def prepare_value(self, value: Any) -> Any:
        if isinstance(value, str):
            return value
        if self.field.kind == "named":  # static/js/admin/variables.js shows it as fields
            return json.dumps(value, indent=2, ensure_ascii=False) if value else ""
        return write_plain(value)

    def to_python(self, value: Any) -> Any:
        if len(value or "") > MAX_PLAIN_VALUE_CHARACTERS:
            raise ValidationError(f"At most {MAX_PLAIN_VALUE_CHARACTERS:,} characters can be kept.")
        try:
            given = read_plain(value or "")
        except YamlProblem as problem:
            raise ValidationError(_not_json(value) or f"Line {problem.line + 1}: {problem.sentence}") from problem
        return self.field.clean(self.field.empty() if given is None else given)

    def has_changed(self, initial: Any, data: Any) -> bool:
        try:
            return bool(self.to_python(data) != initial)
        except ValidationError:
            return True


def _not_json(text: str) -> str:
    """What is wrong with a text that begins as JSON, in JSON's terms: YAML's parser speaks of blocks, and of the line after the last."""
    if not text.lstrip().startswith(("{", "[")):
        return ""
    try:
        json.loads(text)
    except json.JSONDecodeError as error:
        return f"Line {error.lineno}, column {error.colno}: This is no JSON: {error.msg}."
    except (RecursionError, ValueError):  # too deep, or a number of too many digits: the parser of YAML says so
        pass
    return ""


class PromptTagsField(TagsField):
    """Short and lower-cased, so that no tag is there twice."""

    def to_python(self, value: Any) -> Any:
        tags = list(dict.fromkeys(" ".join(tag.lower().split()) for tag in str(value or "").split(",") if tag.strip()))
        if len(tags) > MAX_TAGS:
            raise ValidationError(f"A prompt has at most {MAX_TAGS} tags; these are {len(tags)}.")
        if long := [tag for tag in tags if len(tag) > MAX_TAG_CHARACTERS]:
            raise ValidationError(f"A tag has at most {MAX_TAG_CHARACTERS} characters; “{long[0][:MAX_TAG_CHARACTERS]}…” has more.")
        return tags

    def has_changed(self, initial: Any, data: Any) -> bool:
        try:
            return super().has_changed(initial, data)
        except ValidationError:
            return True
