"""Which stretch of time is shown: chosen by links, or by two dates."""

from __future__ import annotations

from datetime import UTC, datetime

from django import forms
from django.http import QueryDict

from conversations.admin.base.shown import from_to
from conversations.models import AttemptKind
from conversations.usage.reports.spans import LONGEST, Span

RANGES = {"24h": "24 hours", "7d": "7 days", "30d": "30 days", "90d": "90 days"}
CUSTOM = "custom"
USUAL = "7d"
KIND = "kind"
KNOWN = ("range", "first", "last")


class DatesForm(forms.Form):
    first = forms.DateField(label="From", widget=forms.DateInput({"type": "date"}))
    last = forms.DateField(label="to", widget=forms.DateInput({"type": "date"}))

    def __init__(self, asked: QueryDict | None, now: datetime) -> None:
        super().__init__(asked, auto_id="report_%s", label_suffix="")
        self.today = now.astimezone(UTC).date()
        for field in self.fields.values():
            field.widget.attrs["max"] = self.today.isoformat()

    def clean(self) -> None:
        first, last = self.cleaned_data.get("first"), self.cleaned_data.get("last")
        if not first or not last:
            return
        if first > last:
            raise forms.ValidationError("The first day comes after the last one.")
        if first > self.today:
            raise forms.ValidationError("These days are still to come.")
        if (last - first).days >= LONGEST:
            raise forms.ValidationError(f"At most {LONGEST} days can be shown at once.")


class Choice:
    """`span`, its `name`, the form for other dates, and in `problem` what is wrong with what was asked for: the usual one is shown then."""

    def __init__(self, asked: QueryDict, now: datetime, usual: str = USUAL, also: tuple[str, ...] = ()) -> None:
        """`also`: what else the address may say."""
        self.usual, self._known = usual, (*KNOWN, *also)
        self.form = DatesForm(asked if "first" in asked or "last" in asked else None, now)
        self.name = asked.get("range", usual)
        self.kind = asked.get(KIND, "") if KIND in also else ""
        self.problem = self._problem(asked)
        if self.kind not in ("", *AttemptKind.values):
            self.problem, self.kind = self.problem or f"“{self.kind[:40]}” is no kind of attempts.", ""
        if self.form.is_bound and self.form.is_valid():
            self.name = CUSTOM
            self.span = Span.days(self.form.cleaned_data["first"], self.form.cleaned_data["last"], now)
        else:
            self.name = usual if self.problem or self.name not in RANGES else self.name
            self.span = Span.last_day(now) if self.name == "24h" else Span.last_days(int(self.name[:-1]), now)
        if not self.form.is_bound:
            self.form.initial = {"first": self.span.start.date(), "last": list(self.span.slots())[-1][0].date()}

    def _problem(self, asked: QueryDict) -> str:
        if self.form.is_bound:
            return " ".join(str(sentence) for sentences in self.form.errors.values() for sentence in sentences)
        if self.name not in RANGES:
            return f"“{self.name[:40]}” is no time that can be shown."
        unknown = [name for name in asked if name not in self._known]
        return f"“{unknown[0][:40]}” in the address means nothing here: choose the days above." if unknown else ""

    @property
    def usual_words(self) -> str:
        return RANGES[self.usual]

    @property
    def query(self) -> str:
        """For links that keep the choice."""
        return f"{self.time}&{KIND}={self.kind}" if self.kind else self.time

    @property
    def time(self) -> str:
        """Of it, what says which time is shown."""
        if self.name != CUSTOM:
            return f"range={self.name}"
        return f"first={self.form.cleaned_data['first']}&last={self.form.cleaned_data['last']}"

    @property
    def words(self) -> str:
        """The time that is shown, such as “19 – 25 Nov 2026”."""
        return _words(self.span)

    @property
    def previous_words(self) -> str:
        return _words(self.span.previous)


def _words(span: Span) -> str:
    return from_to(span.start, span.end, by_day=not (span.is_hourly or span.start.hour))
