"""The form of a user: it keeps the last superuser, and asks before administrators change rights of their own."""

from __future__ import annotations

from typing import Any, ClassVar

from django import forms
from django.contrib.auth.forms import UserChangeForm
from django.core.exceptions import ValidationError

from conversations.admin.base.optimistic_locking import OptimisticLocking
from conversations.models import User

from . import last_superuser

RIGHTS = ("is_staff", "is_superuser", "groups", "user_permissions")
IN_WORDS = {
    "groups": "A member has all permissions of the group, and its limits.",
    "user_permissions": (
        "Some reach further than their names say. Adding or changing providers and their keys decides where everybody's messages are sent. "
        "Changing system prompts decides what the model is told in everybody's conversations. Viewing conversations and messages shows "
        "titles and figures; their text is shown where ADMIN_READS_CONVERSATIONS is on. Permissions, groups, email addresses, user names "
        "and passwords of others are changed by superusers only."
    ),
}


class PersonForm(OptimisticLocking, UserChangeForm):
    administrator: ClassVar[User]
    own_rights = forms.BooleanField(
        required=False,
        label="Change my own rights",
        help_text="Tick this to change your own permissions. You may not be able to undo it.",
    )

    def clean(self) -> dict[str, Any] | None:
        cleaned = super().clean()
        person, values = self.instance, self.cleaned_data
        keeps = all(values.get(name, getattr(person, name)) for name in ("is_active", "is_superuser"))
        if not keeps and last_superuser.is_last([person.pk]):
            raise ValidationError(last_superuser.REFUSAL)
        changed = {"is_active", *RIGHTS}.intersection(self.changed_data)
        if changed and person.pk == self.administrator.pk and not values.get("own_rights"):
            self.add_error("own_rights", "This changes your own rights. Tick this box, and save again, if you mean it.")
        return cleaned
