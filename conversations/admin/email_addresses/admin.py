"""Email addresses of accounts: a link for a new password goes there, so an address that is added here opens the account."""

from __future__ import annotations

from allauth.account.admin import EmailAddressAdmin
from allauth.account.models import EmailAddress
from django.contrib import admin
from django.http import HttpRequest

from conversations.admin.base.superusers import ChangedBySuperusers
from conversations.admin.base.user_search import ChoosesUser

from .form import AddressForm

admin.site.unregister(EmailAddress)


@admin.register(EmailAddress)
class AccountAddressAdmin(ChangedBySuperusers, ChoosesUser, EmailAddressAdmin):
    form = AddressForm
    raw_id_fields = ()
    autocomplete_fields = ("user",)

    def has_make_verified_permission(self, request: HttpRequest) -> bool:
        return self.has_change_permission(request)

    @admin.action(description="Mark selected email addresses as verified", permissions=["make_verified"])
    def make_verified(self, request: HttpRequest, queryset: object) -> None:
        super().make_verified(request, queryset)
