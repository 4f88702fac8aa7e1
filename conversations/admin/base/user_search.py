"""Users that a form chooses from: found while their name or address is typed, and shown with both."""

from __future__ import annotations

from typing import Any

from django.contrib.admin.views.autocomplete import AutocompleteJsonView

from conversations.models import User


class Suggestions(AutocompleteJsonView):
    def serialize_result(self, obj: Any, to_field_name: str) -> dict[str, str]:
        result = super().serialize_result(obj, to_field_name)
        if isinstance(obj, User) and obj.email:
            result["text"] = f"{obj.get_username()} ({obj.email})"
        return result
