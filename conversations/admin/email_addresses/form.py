"""The form of an email address."""

from __future__ import annotations

from typing import Any

from allauth.account.models import EmailAddress

from conversations.admin.base.optimistic_locking import OptimisticLocking


class AddressForm(OptimisticLocking):
    def clean(self) -> dict[str, Any]:
        """An address that is not confirmed takes no confirmed one's place: the rule of the user's own page."""
        cleaned = super().clean() or self.cleaned_data
        user, changed = cleaned.get("user"), {"user", "primary", "verified"} & {*self.changed_data}
        if user and changed and cleaned.get("primary") and not cleaned.get("verified"):
            others = EmailAddress.objects.filter(user=user).exclude(pk=self.instance.pk)
            if others.filter(verified=True).exists():
                self.add_error("primary", "Another address of this user is confirmed. Confirm this one before you make it primary.")
        return cleaned
