"""The forms that start an experiment and change its guards and its planned end."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone

from conversations.evaluation.experiments.judging import GUARDED, SHARES
from conversations.models import Experiment, Metric, PromptVersion, SystemPrompt
from conversations.studio import labels

SHOWN_VERSIONS = 50
MAX_SHARE = 90
MIN_FEWEST = 30
LATEST = timedelta(days=366)
USUAL_GUARDS = {Metric.ERRORS: 5, Metric.THUMBS_DOWN: 5, Metric.COST: 50, Metric.FIRST_TOKEN: 50}
USUAL_TIME = timedelta(days=14)
_TIME = "%Y-%m-%dT%H:%M"


class GuardsForm(forms.Form):
    until = forms.DateTimeField(
        required=False,
        label="Ends on",
        widget=forms.DateTimeInput({"type": "datetime-local", "autocomplete": "off"}, format=_TIME),
        error_messages={"invalid": "Enter a date and a time, such as 2026-05-03 12:00."},
    )
    most_conversations = forms.IntegerField(required=False, min_value=2, max_value=10_000_000, label="Or after")

    def __init__(self, data: Any, *, initial: dict[str, Any], guards: dict[str, float]) -> None:
        super().__init__(data, initial={**initial, **{f"guard_{name}": f"{allowed:g}" for name, allowed in guards.items()}})
        for metric in GUARDED:
            self.fields[f"guard_{metric}"] = forms.FloatField(required=False, min_value=0, max_value=1000, label=metric.label)

    def guard_rows(self) -> list[tuple[forms.BoundField, str]]:
        """Each with its unit."""
        return [(self[f"guard_{metric}"], "percentage points more" if metric in SHARES else "% more") for metric in GUARDED]

    def clean_until(self) -> Any:
        until, now = self.cleaned_data["until"], timezone.now()
        if until is not None and until <= now and until != self.initial.get("until"):
            raise ValidationError("This time is over.")
        if until is not None and until > now + LATEST:
            raise ValidationError("Choose a time within a year.")
        return until

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        allowed = {metric: data.get(f"guard_{metric}") for metric in GUARDED}
        data["guards"] = {metric.value: number for metric, number in allowed.items() if number is not None}
        return data

    @property
    def planned(self) -> dict[str, Any]:
        return {name: self.cleaned_data[name] for name in ("guards", "until", "most_conversations")}

    @classmethod
    def of(cls, experiment: Experiment, data: Any = None) -> GuardsForm:
        kept = {"until": experiment.until, "most_conversations": experiment.most_conversations}
        return cls(data, initial=kept, guards=experiment.guards)


class StartForm(GuardsForm):
    candidate = forms.TypedChoiceField(coerce=int)
    share = forms.IntegerField(min_value=1, max_value=MAX_SHARE, label="Share")
    goal = forms.ChoiceField(choices=Metric.choices, label="Goal")
    fewest = forms.IntegerField(min_value=MIN_FEWEST, max_value=1_000_000, label="At least")
    note = forms.CharField(required=False, max_length=200)

    def __init__(self, data: Any, prompt: SystemPrompt, number: str) -> None:
        usual = {"share": 10, "goal": Metric.THUMBS_UP, "fewest": 100, "until": timezone.now() + USUAL_TIME}
        guards = {metric.value: float(allowed) for metric, allowed in USUAL_GUARDS.items()}
        super().__init__(data, initial={**usual, "candidate": number}, guards=guards)
        self._versions = _versions(prompt, number)
        names, field = labels.by_version(prompt), self.fields["candidate"]
        assert isinstance(field, forms.TypedChoiceField)
        field.choices = [(version.number, _named(version, names.get(version.pk, []))) for version in self._versions]

    @property
    def candidate_version(self) -> PromptVersion:
        return next(version for version in self._versions if version.number == self.cleaned_data["candidate"])

    @property
    def planned(self) -> dict[str, Any]:
        return {**super().planned, **{name: self.cleaned_data[name] for name in ("share", "goal", "fewest", "note")}}


def _versions(prompt: SystemPrompt, number: str) -> list[PromptVersion]:
    """The latest, and the one with this number."""
    others = prompt.versions.order_by("-number")
    if prompt.published_id:
        others = others.exclude(pk=prompt.published_id)
    found = list(others[:SHOWN_VERSIONS])
    if number.isdecimal() and len(number) < 10 and all(version.number != int(number) for version in found):
        found += others.filter(number=int(number))
    return found


def _named(version: PromptVersion, names: list[str]) -> str:
    return ", ".join([f"Version {version.number}", *names, *([f"“{version.note}”"] if version.note else [])])
