"""The form that plans a run."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from conversations.evaluation import choosing, estimating
from conversations.evaluation.candidate import Candidate
from conversations.models import LIVE, MAX_REPEATS, Case, SystemPrompt
from conversations.routing import offered

MAX_CANDIDATES = 6
MAX_ANSWERS = 5000
USUAL_CAP = Decimal("1.00")


def cap_field() -> forms.DecimalField:
    return forms.DecimalField(
        min_value=Decimal("0.01"), max_value=Decimal(10_000), decimal_places=2, initial=USUAL_CAP, label="Cap", help_text="US dollars."
    )


class RunForm(forms.Form):
    candidates = forms.MultipleChoiceField(
        widget=forms.CheckboxSelectMultiple,
        label="Candidates",
        help_text="The first one chosen is what the others are compared with.",
        error_messages={"required": "Choose at least one."},
    )
    models = forms.MultipleChoiceField(
        required=False,
        widget=forms.CheckboxSelectMultiple,
        label="Also with these models",
        help_text="Each candidate but the first is then put to each of these models, too.",
    )
    which = forms.ChoiceField(label="Cases")
    repeats = forms.IntegerField(
        min_value=1, max_value=MAX_REPEATS, initial=1, label="Repeats", help_text="Several show which answers are a matter of luck."
    )
    cap = cap_field()
    judge_model = forms.ChoiceField(
        required=False, label="Judge", help_text="The model that judges where a check asks for one: better none of those tested."
    )

    def __init__(self, data: Any, prompt: SystemPrompt, chosen: list[Case]) -> None:
        self._prompt, self._chosen = prompt, chosen
        self._available = choosing.available(prompt)
        usual = [name for name in (LIVE, choosing.DRAFT) if name in self._available]
        models = offered.names()
        tested = [self._available[name].wording["model"] for name in usual]
        super().__init__(data, initial={"candidates": usual, "judge_model": estimating.other_model(tested)})
        self._choices("candidates", [(name, one.label) for name, one in self._available.items()])
        self._choices("models", [(name, name) for name in models])
        self._choices("judge_model", [("", "provider’s default"), *((name, name) for name in models)])
        self._choices("which", self._cases())

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        if self.errors:
            return data
        data["made"], data["cases"] = self._made(data), self._of(data["which"])
        if len(data["made"]) > MAX_CANDIDATES:
            raise ValidationError(f"These are {len(data['made'])} candidates; a run has at most {MAX_CANDIDATES}.")
        if not data["cases"]:
            raise ValidationError("There is no such case any more.")
        answers = len(data["made"]) * len(data["cases"]) * data["repeats"]
        if answers > MAX_ANSWERS:
            raise ValidationError(f"These are {answers:,} answers; a run has at most {MAX_ANSWERS:,}.")
        return data

    def _choices(self, name: str, choices: list[tuple[str, str]]) -> None:
        field = self.fields[name]
        assert isinstance(field, forms.ChoiceField)
        field.choices = choices

    def _cases(self) -> list[tuple[str, str]]:
        found = [("", f"all ({self._prompt.cases.count()})")]
        found += [(f"tag:{tag}", f"with the tag “{tag}” ({number})") for tag, number in sorted(choosing.tags(self._prompt).items())]
        return [("chosen", f"those chosen ({len(self._chosen)})"), *found] if self._chosen else found

    def _of(self, which: str) -> list[Case]:
        return self._chosen if which == "chosen" else choosing.with_tag(self._prompt, which.removeprefix("tag:"))

    def _made(self, data: dict[str, Any]) -> list[Candidate]:
        first, *others = [self._available[name] for name in self._available if name in data["candidates"]]
        more = [choosing.with_model(one, model) for one in others or [first] for model in data["models"] if model != one.wording["model"]]
        return [first, *others, *more]


RunForm.base_fields["which"].required = False
