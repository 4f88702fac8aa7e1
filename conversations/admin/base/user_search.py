"""Users that a form chooses from: found while their name or address is typed, and shown with both."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django import forms
from django.contrib import admin
from django.contrib.admin.views.autocomplete import AutocompleteJsonView
from django.contrib.admin.widgets import AutocompleteMixin, AutocompleteSelect, AutocompleteSelectMultiple
from django.http import HttpRequest

from conversations.models import User

from .permissions import may

MAX_TERM_CHARACTERS = 200
"""Each word is a condition, and a database takes only so many."""


class Suggestions(AutocompleteJsonView):
    def process_request(self, request: HttpRequest) -> Any:
        term, *others = super().process_request(request)
        return term[:MAX_TERM_CHARACTERS], *others

    def serialize_result(self, obj: Any, to_field_name: str) -> dict[str, str]:
        result = super().serialize_result(obj, to_field_name)
        if isinstance(obj, User) and obj.email:
            result["text"] = f"{obj.get_username()} ({obj.email})"
        return result


class _ById(AutocompleteMixin):
    """Takes what is no id for no choice, as other fields do: Django's own fails with it."""

    @property
    def media(self) -> forms.Media:
        return super().media + forms.Media(js=[forms.Script("js/admin/user-select.js", type="module")])  # type: ignore[list-item]  # as Django 5.2 takes it

    def optgroups(self, name: str, value: Any, attr: Any = None) -> Any:
        return super().optgroups(name, [one for one in value if _is_id(one)], attr)


class UserSelect(_ById, AutocompleteSelect):
    pass


class UsersSelect(_ById, AutocompleteSelectMultiple):
    pass


class ChoosesUser(admin.ModelAdmin):
    """Of a row that belongs to a user, who is found in the fields that `autocomplete_fields` names. Its pages name users, so each
    permission for it counts together with seeing users only.
    """

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return super().has_view_permission(request, obj) and may(request.user, "view", "user")

    def has_add_permission(self, request: HttpRequest) -> bool:
        return super().has_add_permission(request) and may(request.user, "view", "user")

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return super().has_change_permission(request, obj) and may(request.user, "view", "user")

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return super().has_delete_permission(request, obj) and may(request.user, "view", "user")

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        if db_field.name in self.get_autocomplete_fields(request):
            kwargs["widget"] = UserSelect(db_field, self.admin_site)
        return super().formfield_for_foreignkey(db_field, request, **kwargs)


def _is_id(text: str) -> bool:
    try:
        UUID(str(text))
    except ValueError:
        return False
    return True
