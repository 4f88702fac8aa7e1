"""Two administrators with the same form: the one who saves last is told what was saved meanwhile, and overwrites nothing unknowingly.

A form carries digests of the values that it was opened with. Where the row has others by the time of the save, nothing is saved: what
this administrator left alone takes the row's new value, what they changed keeps theirs, and the next save of the form is a choice.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from django import forms
from django.contrib.admin.models import LogEntry
from django.contrib.contenttypes.models import ContentType
from django.db.models import Model, QuerySet
from django.forms.models import model_to_dict

from .opened_field import OpenedField

LONGEST_VALUE = 80
"""Characters of a value that is shown in the sentence that tells of it."""


class OptimisticLocking(forms.ModelForm):
    opened = OpenedField(required=False, widget=forms.HiddenInput({"autocomplete": "off"}))

    data: Any
    current: Mapping[str, Any]
    overtaken = False
    """Whether another save came in between."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not self.instance._state.adding:
            self.current = self.state_of(self.instance)
            self.initial.setdefault("opened", self.current)

    def state_of(self, row: Any) -> dict[str, Any]:
        """What the form is opened with, such that it can be compared; JSON."""
        return {name: _digest(value) for name, value in self._values(row).items()}

    def clean(self) -> Any:
        data = super().clean()
        if not self.instance._state.adding:
            # Locked, so that of two saves at the same moment the second one sees the first.
            row = type(self.instance)._base_manager.select_for_update().filter(pk=self.instance.pk).first()
            if row is not None:
                self._refuse_overwriting(row)
        return data

    def changes_since(self, opened: Mapping[str, Any], row: Any) -> list[str]:
        """In words. What this administrator left alone is taken over into the form."""
        changes = []
        for name, value in self._values(row).items():
            if opened.get(name) == self.current[name]:
                continue
            is_told = _is_short(value) and not isinstance(self.fields[name], forms.ModelChoiceField)
            said = f"“{self[name].label}” became “{_shown(value)}”" if is_told else f"“{self[name].label}” was changed"
            if name in self.cleaned_data and _digest(self.cleaned_data[name]) == opened.get(name):
                self._take_over(name, value)
                changes.append(f"{said} (taken over below)")
            else:
                changes.append(said)
        return changes

    def _refuse_overwriting(self, row: Any) -> None:
        self.current = self.state_of(row)
        opened = self.cleaned_data.get("opened")
        opened = opened if isinstance(opened, dict) else {}
        if opened == self.current:
            return
        self.overtaken, self.opened_state = True, opened
        self.data = self.data.copy()
        self.data[self.add_prefix("opened")] = self.fields["opened"].prepare_value(self.current)
        name = self.instance._meta.verbose_name
        changes = "; ".join(self.changes_since(opened, row))
        self.add_error(
            None,
            f"Not saved: {_who_saved(self.instance)} saved this {name} after you opened it. Since then {changes or 'it was changed'}. "
            "Your entries are still below. Take over what you want to keep, then save again: that replaces the other change with yours.",
        )

    def _values(self, row: Any) -> dict[str, Any]:
        """Of the row's fields that this form changes. Those that only a formset adds tie the row to its parent."""
        return model_to_dict(row, [name for name in self.base_fields if name in self.fields and not self.fields[name].disabled])

    def _take_over(self, name: str, value: Any) -> None:
        key, field = self.add_prefix(name), self.fields[name]
        if isinstance(value, list) and isinstance(field, forms.ModelMultipleChoiceField):
            self.data.setlist(key, [str(one.pk) for one in value])
        elif isinstance(field, forms.BooleanField) and not isinstance(field, forms.NullBooleanField):
            self.data.setlist(key, ["on"] if value else [])
        else:
            prepared = field.prepare_value(value)
            self.data[key] = "" if prepared is None else str(prepared)


def _digest(value: Any) -> str:
    return hashlib.sha256(json.dumps(_plain(value), sort_keys=True, default=str).encode()).hexdigest()[:16]


def _plain(value: Any) -> Any:
    """The same for a value of a row and for one that a form cleaned."""
    if isinstance(value, Model):
        return _plain(value.pk)
    if isinstance(value, QuerySet) or (isinstance(value, list) and value and isinstance(value[0], Model)):
        return sorted(str(one.pk) for one in value)
    if isinstance(value, Decimal):
        return format(value.normalize(), "f")
    if isinstance(value, dict | list | bool | int | float) or value is None:
        return value
    return str(value)


def _is_short(value: Any) -> bool:
    return isinstance(value, str | int | float | Decimal) and len(str(value)) <= LONGEST_VALUE


def _shown(value: Any) -> str:
    return {True: "yes", False: "no"}[value] if isinstance(value, bool) else str(value)


def _who_saved(row: Any) -> str:
    kind = ContentType.objects.get_for_model(row)
    entries = LogEntry.objects.filter(content_type=kind, object_id=str(row.pk), change_message__startswith="[")  # saves of its form
    last = entries.select_related("user").order_by("-pk").first()
    return last.user.get_username() if last else "another administrator"
