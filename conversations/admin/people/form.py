"""The forms of a user: changing keeps the last superuser, and asks before administrators change rights of their own."""

from __future__ import annotations

from typing import Any, ClassVar, cast

from django import forms
from django.contrib.auth.forms import (
    AdminPasswordChangeForm,
    ReadOnlyPasswordHashField,
    ReadOnlyPasswordHashWidget,
    UserChangeForm,
    UserCreationForm,
    UsernameField,
)
from django.contrib.auth.hashers import is_password_usable
from django.core.exceptions import ValidationError
from django.db import transaction

from conversations.admin.base.optimistic_locking import OptimisticLocking
from conversations.admin.base.rights import RightsField, offered
from conversations.models import User

from . import last_superuser

RIGHTS = ("is_staff", "is_superuser", "groups", "user_permissions")
IN_WORDS = {
    "is_active": "Can sign in. Untick to lock the account without deleting it.",
    "is_staff": "Can enter the administration, as far as the permissions below go.",
    "is_superuser": "Has all permissions, and gives them to others.",
    "groups": "A member has all permissions of the group, and its limits.",
    "user_permissions": (
        "Some reach further than their names say. Adding or changing providers and their keys decides where everybody’s messages are "
        "sent. Changing system prompts decides what the model is told in everybody’s conversations. Viewing conversations and messages "
        "shows times and figures; titles and text are shown to those who may read conversations, where ADMIN_READS_CONVERSATIONS is on. "
        "Names of users are shown to those who may see users, and names of administrators with what they changed. Permissions, groups, "
        "email addresses, usernames and passwords of others are changed by superusers only."
    ),
}


class NewPersonForm(UserCreationForm):
    class Meta:
        model = User
        fields = ("username", "email")
        field_classes = {"username": UsernameField}  # noqa: RUF012  (Django's own way)


class PersonPasswordForm(AdminPasswordChangeForm):
    """Also keeps the last superuser's password from being disabled."""

    usable_password_help_text = "If disabled, the password is lost, and the user can’t sign in until a new one is set here or by email."  # noqa: S105

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        if not cleaned.get("set_usable_password", True):
            with transaction.atomic():
                if last_superuser.is_last([self.user.pk]):
                    self.add_error("usable_password", last_superuser.REFUSAL)  # Django's page shows no errors of the form as a whole
        return cleaned


def password_state(encoded: str | None) -> str:
    return "A password is set." if encoded and is_password_usable(encoded) else "No password is set."


class PasswordState(ReadOnlyPasswordHashWidget):
    """Without what Django shows of it, pieces of salt and hash, which are of use only to an attacker."""

    def get_context(self, name: str, value: Any, attrs: Any) -> dict[str, Any]:
        context: dict[str, Any] = super().get_context(name, value, attrs)
        return {**context, "summary": [{"label": password_state(value)}]}


class PersonForm(OptimisticLocking, UserChangeForm):
    class Meta(UserChangeForm.Meta):
        help_texts = IN_WORDS  # also where the fields are only shown

    administrator: ClassVar[User]
    password = ReadOnlyPasswordHashField(label="Password", widget=PasswordState, help_text="Kept as a hash, so it can’t be shown.")
    own_rights = forms.BooleanField(
        required=False,
        label="Change my own rights",
        help_text="Tick this to change your own permissions. You may not be able to undo it.",
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "user_permissions" in self.fields:
            cast("RightsField", self.fields["user_permissions"]).queryset = offered(self.instance.user_permissions)

    def clean(self) -> dict[str, Any] | None:
        cleaned = super().clean()
        user, values = self.instance, self.cleaned_data
        keeps = all(values.get(name, getattr(user, name)) for name in last_superuser.NEEDED)
        if not keeps and last_superuser.is_last([user.pk]):
            raise ValidationError(last_superuser.REFUSAL)
        changed = {"is_active", *RIGHTS}.intersection(self.changed_data)
        if changed and user.pk == self.administrator.pk and not values.get("own_rights"):
            self.add_error("own_rights", "This changes your own rights. Tick this box, and save again, if you mean it.")
        return cleaned
