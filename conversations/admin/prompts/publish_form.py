"""What the page that publishes a draft asks: as what, when, and why."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone

from conversations.models import LIVE, MAX_LABEL_CHARACTERS, ScheduledPublication, label_name

LATEST = timedelta(days=366)


class PublishForm(forms.Form):
    where = forms.ChoiceField(choices=[("live", "live"), ("later", "live at a time"), ("label", "another label")])
    at = forms.DateTimeField(
        required=False,
        widget=forms.DateTimeInput({"type": "datetime-local", "autocomplete": "off"}, format="%Y-%m-%dT%H:%M"),
        error_messages={"invalid": "Enter a date and a time, such as 2026-05-03 12:00."},
    )
    label = forms.CharField(required=False, max_length=MAX_LABEL_CHARACTERS)
    note = forms.CharField(required=False, max_length=200)
    emergency = forms.CharField(required=False, max_length=150)
    scheduled = forms.ChoiceField(required=False, choices=[("keep", "keep"), ("cancel", "cancel")])
    """What becomes of the version that is scheduled."""
    missing = missing_cases = 0
    """How many approvals the draft still needs to become live, and how many cases have to pass."""
    live_movers = ""
    """Who may move `live`, where the user who publishes may not."""
    waiting: ScheduledPublication | None = None
    """What is scheduled and says something else than the draft."""

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        where = data.get("where")
        if where != "label" and self.live_movers:
            raise ValidationError(f"“{LIVE}” of this prompt is moved by {self.live_movers}. Publish it under another label.")
        data["label"] = data.get("label", "").lower() if where == "label" else LIVE
        try:
            label_name(data["label"])
            if where == "label" and data["label"] == LIVE:
                raise ValidationError(f"“{LIVE}” is a choice of its own above, for what it asks.")
        except ValidationError as error:
            self.add_error("label", error)
        if where == "later":
            self._clean_time(data)
        else:
            self.errors.pop("at", None)
        if where == "live":
            if self._lacks and not data.get("emergency"):
                self.add_error("emergency", f"{self._lacks} In an emergency, say why it can’t wait: the reason is kept in the log.")
            if self.waiting and not data.get("scheduled"):
                self.add_error("scheduled", "Say what becomes of the version that is scheduled.")
        return data

    def _clean_time(self, data: dict[str, Any]) -> None:
        at, now = data.get("at"), timezone.now()
        if at is None:
            if "at" not in self.errors:
                self.add_error("at", "Enter the date and the time at which it becomes live.")
        elif at <= now:
            self.add_error("at", "This time is over. Choose one that is to come, or publish it now.")
        elif at > now + LATEST:
            self.add_error("at", "Choose a time within a year.")
        elif self._lacks:
            self.add_error("at", f"{self._lacks} It can be scheduled once nothing is missing.")

    @property
    def _lacks(self) -> str:
        missing = {"Approvals are missing.": self.missing, "Cases have not passed.": self.missing_cases}
        return " ".join(sentence for sentence, number in missing.items() if number)
