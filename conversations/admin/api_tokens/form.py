"""The form of an API token: whose it is is said once, with a new one. The token itself is no part of it: that is drawn, and shown once."""

from __future__ import annotations

from typing import Any, ClassVar

from django import forms
from django.contrib.auth.validators import UnicodeUsernameValidator

from conversations.admin.base.optimistic_locking import OptimisticLocking
from conversations.models import ApiToken, Scope, User

RAW_MODELS_RIGHT = "conversations.use_raw_models"


class ApiTokenForm(OptimisticLocking):
    administrator: ClassVar[User]
    scopes = forms.MultipleChoiceField(choices=Scope.choices, widget=forms.CheckboxSelectMultiple, initial=[Scope.CHAT])
    service = forms.CharField(
        required=False,
        max_length=150,
        validators=[UnicodeUsernameValidator()],
        label="Or a new service",
        help_text="An account for a program: it can’t sign in, and has limits and figures of its own. This is its username.",
    )

    class Meta:
        model = ApiToken
        fields = (
            *("name", "user", "scopes", "is_limited_to_prompts", "prompts"),
            *("requests_per_minute", "monthly_cost", "monthly_tokens", "expires"),
        )
        widgets = {"prompts": forms.CheckboxSelectMultiple}  # noqa: RUF012  (Django's own way)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "user" in self.fields:
            self.fields["user"].required = False
            self.fields["user"].help_text = "It can do nothing that the user can’t."

    def clean(self) -> Any:
        data = super().clean()
        if self.instance._state.adding:
            self._clean_user()
        is_new = Scope.RAW_MODELS in data.get("scopes", ()) and Scope.RAW_MODELS not in (self.initial.get("scopes") or ())
        if is_new and not self.administrator.has_perm(RAW_MODELS_RIGHT):
            self.add_error("scopes", "You may not give what you may not do yourself: ask models without an assistant.")
        return data

    def _clean_user(self) -> None:
        user, service = self.cleaned_data.get("user"), self.cleaned_data.get("service")
        if user and service:
            self.add_error("service", "Choose a user, or name a new service, not both.")
        elif user and not is_within_reach(self.administrator, user):
            self.add_error("user", "You can make tokens for services without staff status, and for yourself.")
        elif service and User.objects.filter(username__iexact=service).exists():
            self.add_error("service", "There is a user of this name already. Choose another one, or the user above.")
        elif not user and not service and not {"user", "service"} & self.errors.keys():
            self.add_error("user", "Choose a user, or name a new service.")


def is_within_reach(administrator: User, user: User) -> bool:
    """Whether they may have a token of this user: with it they would read and do what the user can."""
    return administrator.is_superuser or user == administrator or (user.is_service and not user.is_staff and not user.is_superuser)
