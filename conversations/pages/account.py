"""Accounts, where they differ from allauth's own."""

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.forms import LoginForm as AllauthLoginForm
from django.conf import settings
from django.http import HttpRequest

from conversations.live import authentication
from conversations.models import User


class LoginForm(AllauthLoginForm):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["login"].widget.attrs["autocomplete"] = "username"  # what password managers look for


class AccountAdapter(DefaultAccountAdapter):
    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return settings.SIGNUP_OPEN

    def set_password(self, user: User, password: str) -> None:
        """Changing or resetting a password ends the user's other sessions and closes their sockets."""
        super().set_password(user, password)
        authentication.recheck(user.pk)
