"""The form of a group: its permissions are ticked, by area."""

from __future__ import annotations

from typing import Any, cast

from django import forms
from django.contrib.auth.models import Permission

from conversations.admin.base.optimistic_locking import OptimisticLocking
from conversations.admin.base.rights import RightsField, offered


class GroupForm(OptimisticLocking):
    permissions = RightsField(
        Permission.objects.none(),
        required=False,
        label="What members may do",
        widget=forms.CheckboxSelectMultiple,
        help_text="In the administration, which they enter with “Staff status”: an invitation into the group gives it, and other members "
        "get it on their own page. Everybody may chat.",
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "permissions" in self.fields:  # else they are only shown
            field = cast("RightsField", self.fields["permissions"])
            field.queryset = offered(None if self.instance._state.adding else self.instance.permissions)
