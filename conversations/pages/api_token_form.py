"""The form with which a user makes an API token."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django import forms
from django.utils import timezone

from conversations.commands import api_token_right
from conversations.models import ApiToken, Scope, SystemPrompt, User

LIFETIMES_DAYS = {30: "in 30 days", 90: "in 90 days", 365: "in a year", 0: "never"}
ALL, NAMED = "all", "named"
REACH = {ALL: "All that you may choose, those of later, too", NAMED: "Only these"}
OF_STAFF = (Scope.READ_PROMPTS, Scope.WRITE_PROMPTS)


class ApiTokenForm(forms.Form):
    name = forms.CharField(max_length=80, help_text="What uses it, such as “Website search”.")
    lifetime = forms.TypedChoiceField(coerce=int, choices=list(LIFETIMES_DAYS.items()), initial=90, label="Expires")
    scopes = forms.MultipleChoiceField(
        choices=Scope.choices, widget=forms.CheckboxSelectMultiple, initial=[Scope.CHAT], label="What it is good for"
    )
    reach = forms.ChoiceField(
        choices=list(REACH.items()), initial=ALL, required=False, widget=forms.RadioSelect, label="Which assistants it may ask"
    )
    prompts = forms.ModelMultipleChoiceField(
        SystemPrompt.objects.none(), required=False, widget=forms.CheckboxSelectMultiple, label="Assistants"
    )

    def __init__(self, data: Any, *, user: User) -> None:
        super().__init__(data)
        self.user = user
        self.fields["scopes"].choices = [(scope.value, scope.label) for scope in offered(user)]  # type: ignore[attr-defined]
        self.fields["prompts"].queryset = SystemPrompt.objects.offered_to(user)  # type: ignore[attr-defined]
        self.fields["name"].widget.attrs["autocomplete"] = "off"

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if data.get("reach") == NAMED and not data.get("prompts") and "prompts" not in self.errors:
            self.add_error("prompts", "Choose at least one.")
        return data

    @property
    def named(self) -> list[SystemPrompt]:
        """The assistants that the token is limited to, where it is."""
        return list(self.cleaned_data["prompts"]) if self.cleaned_data["reach"] == NAMED else []

    def token(self) -> ApiToken:
        """Not saved, and not drawn yet. Its assistants are `named`."""
        days = self.cleaned_data["lifetime"]
        expires = timezone.now() + timedelta(days=days) if days else None
        return ApiToken(
            user=self.user,
            made_by=self.user,
            name=self.cleaned_data["name"],
            scopes=self.cleaned_data["scopes"],
            is_limited_to_prompts=self.cleaned_data["reach"] == NAMED,
            expires=expires,
        )


def offered(user: User) -> list[Scope]:
    """Those of which a token of this user could make something."""
    left_out = set() if user.is_staff else set(OF_STAFF)
    if not user.has_perm(api_token_right.RAW_MODELS):
        left_out.add(Scope.RAW_MODELS)
    return [scope for scope in Scope if scope not in left_out]
