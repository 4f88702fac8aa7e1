"""The form of an API key. It takes a secret, and never gives it back."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any

from django.core.exceptions import ValidationError
from django.forms.models import BaseInlineFormSet
from django.views.decorators.debug import sensitive_variables

from conversations.admin.base.addresses import same_server
from conversations.admin.base.optimistic_locking import OptimisticLocking
from conversations.models import ApiKey, Provider

from .secret_field import SecretField

HELD = "Ends in {last_four}. Leave this empty to keep it; what you enter here takes its place."
MOVED = "The address leads to another server now, and a key goes only where it was entered for: enter it again, or delete it."


class KeyForm(OptimisticLocking):
    secret = SecretField(required=False, label="Key", help_text="Sealed when it is saved, and never shown again.")

    class Meta:
        model = ApiKey
        fields = ("label", "enabled")

    field_order = ("provider", "label", "secret", "enabled")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.sealed and "secret" in self.fields:
            last_four = f"…{self.instance.last_four}" if self.instance.last_four else "something short"
            self.fields["secret"].help_text = HELD.format(last_four=last_four)
            self.fields["secret"].widget.attrs["placeholder"] = f"…{self.instance.last_four}" if self.instance.last_four else "unchanged"

    @sensitive_variables()
    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        if not self.instance.sealed and not data.get("secret") and "secret" not in self.errors:
            self.add_error("secret", "Enter the key, as the provider gave it to you.")
        return data

    def state_of(self, row: ApiKey) -> dict[str, Any]:
        """With the secret, which is no field of the row: by its sealed form, which says nothing of it."""
        return {**super().state_of(row), "secret": hashlib.sha256(row.sealed.encode()).hexdigest()[:16]}

    def changes_since(self, opened: Mapping[str, Any], row: ApiKey) -> list[str]:
        changes = super().changes_since(opened, row)
        if opened.get("secret") != self.current["secret"]:
            changes.append("the key itself was replaced (leave the field empty to keep that one)")
        return changes

    @sensitive_variables()
    def save(self, commit: bool = True) -> ApiKey:
        if secret := self.cleaned_data.get("secret"):
            self.instance.take(secret)
        key: ApiKey = super().save(commit)
        return key


class KeyFormSet(BaseInlineFormSet):
    """A provider's keys. Changing its address takes knowing them: else the change would send them to another server."""

    def clean(self) -> None:
        super().clean()
        before = Provider.objects.filter(pk=self.instance.pk).values_list("base_url", flat=True).first()
        if before is None or same_server(before, self.instance.base_url):
            return
        left = set(ApiKey.objects.filter(provider=self.instance.pk).exclude(sealed="").values_list("pk", flat=True))
        for form in self.initial_forms:
            left.discard(form.instance.pk)
            if form.instance.sealed and not form.cleaned_data.get("secret") and not form.cleaned_data.get("DELETE"):
                form.add_error("secret", ValidationError(MOVED))
        if left:  # what was posted says how many keys the page had, and may leave some out
            raise ValidationError(MOVED)
