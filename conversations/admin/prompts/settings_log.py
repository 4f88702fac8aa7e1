"""What the admin log keeps of a prompt's own fields: each that was changed, before and after. Drafts change nothing that users get."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from conversations.models import SystemPrompt

from .form import PUBLISHERS_ALONE, SUPERUSERS_ALONE

LOGGED = ("name", "slug", "description", "tags", *PUBLISHERS_ALONE, *SUPERUSERS_ALONE)


class SettingsLog(admin.ModelAdmin):
    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        super().save_related(request, form, formsets, change)
        changed = [name for name in LOGGED if name in form.changed_data]
        if change and changed:
            self.log_change(request, form.instance, f"Changed {'; '.join(_told(form, name) for name in changed)}.")


def _told(form: forms.ModelForm[SystemPrompt], name: str) -> str:
    before, after = (_shown(value, form.fields[name]) for value in (form.initial.get(name), form.cleaned_data[name]))
    return f"{form[name].label} from “{before}” to “{after}”"


def _shown(value: Any, field: forms.Field) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, QuerySet | list | tuple):
        return ", ".join(sorted(map(str, value))) or "none"
    choices = dict(getattr(field, "choices", ()))
    return str(choices.get(value, value)).replace("\n", ", ")
