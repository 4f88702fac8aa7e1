"""The form of a widget. What its visitors may use together, and each, is kept as limits of their group."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Any, cast

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import Q

from conversations import host_names
from conversations.admin.base.lines_field import LinesField, StartersField
from conversations.admin.base.optimistic_locking import OptimisticLocking
from conversations.models import LIVE, SystemPrompt, Widget
from conversations.widgets import group_limits

MAX_ORIGINS = 50
_WITHOUT_PATH = re.compile(r"^(\w+://[^/?#]*)[/?#].*$")


class OriginsField(LinesField):
    """In the one form in which browsers send them; of a page's whole address it is what counts."""

    def to_python(self, value: Any) -> list[str]:
        try:
            return list(dict.fromkeys(host_names.origin(_WITHOUT_PATH.sub(r"\1", line)) for line in super().to_python(value)))
        except host_names.Unreadable as error:
            raise ValidationError(f"Sites must be {error}.") from error

    def validate(self, value: list[str]) -> None:
        super().validate(value)
        if len(value) > MAX_ORIGINS:
            raise ValidationError(f"At most {MAX_ORIGINS} sites; these are {len(value)}. “https://*.example.org” is all below that name.")


class WidgetForm(OptimisticLocking):
    origins = OriginsField(
        label="Sites",
        help_text="The pages that may use it, one origin per line, such as https://www.example.org, or https://*.example.org for all below "
        "that name. Browsers keep other sites from it; other programs are bounded by the limits below.",
    )
    starters = StartersField(
        required=False, label="Conversation starters", help_text="What a visitor may ask with one click, one per line."
    )
    messages_per_minute = forms.IntegerField(
        min_value=1,
        initial=6,
        label="Messages a minute of each visitor",
        help_text="Up to this many in a burst, and per minute on average.",
    )
    monthly_cost = forms.DecimalField(
        min_value=Decimal("0.01"),
        max_digits=12,
        decimal_places=2,
        initial=Decimal(10),
        label="Budget of all visitors a month",
        help_text="US dollars. What an answer may cost is reserved when it begins, so this is never overspent.",
    )

    class Meta:
        model = Widget
        fields = (
            *("name", "prompt", "prompt_label", "active", "origins", "visitors_are", "hands_over", "takes_pictures"),
            *("layout", "title", "greeting", "starters", "language", "theme", "accent"),
            *("visitor_messages_per_day", "messages_per_day", "new_visitors_per_minute"),
            *("daily_cost", "visitor_daily_cost", "keep_days"),
        )
        widgets = {"accent": forms.TextInput({"type": "color"}), "greeting": forms.Textarea({"rows": 3})}  # noqa: RUF012  (Django's own way)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in ("origins", "starters"):
            if name in self.fields:
                self.fields[name].widget.attrs.update({"rows": 4, "class": "vLargeTextField", "spellcheck": "false"})
        if "prompt" in self.fields:
            field = cast("forms.ModelChoiceField[SystemPrompt]", self.fields["prompt"])
            offered = Q(published__isnull=False, archived=None) | Q(pk=self.instance.prompt_id)
            field.queryset, field.required = SystemPrompt.objects.filter(offered), True
            field.help_text = "Every visitor of the sites below can ask it, whichever users may choose it here."
        if not self.instance._state.adding:
            self.initial = {**self.initial, **group_limits.of(self.instance)._asdict()}

    def clean(self) -> Any:
        data = super().clean()
        prompt, label = data.get("prompt"), (data.get("prompt_label") or "").strip().removeprefix("@")
        if prompt is not None and label == LIVE:
            label = ""
        if prompt is not None and label and not prompt.labels.filter(name=label).exists():
            names = ", ".join(prompt.labels.exclude(name=LIVE).order_by("name").values_list("name", flat=True))
            there = f"Its labels are: {names}." if names else "It has none beside what is live."
            self.add_error("prompt_label", f"No version of this assistant is labelled “{label}”. {there}")
        data["prompt_label"] = label
        return data

    def save_limits(self) -> None:
        """Once the widget is saved."""
        group_limits.save(self.instance, self.cleaned_data["messages_per_minute"], self.cleaned_data["monthly_cost"])
