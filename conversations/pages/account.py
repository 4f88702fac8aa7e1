"""Accounts, where they differ from allauth's own."""

import logging
from typing import Any

from allauth.account.adapter import DefaultAccountAdapter, get_adapter
from allauth.account.forms import AddEmailForm as AllauthAddEmailForm
from allauth.account.forms import LoginForm as AllauthLoginForm
from django.conf import settings
from django.core.validators import MaxLengthValidator
from django.http import HttpRequest

from conversations.live import authentication
from conversations.models import User

log = logging.getLogger(__name__)

MAX_LOGIN_LENGTH = 254
"""Of an email address; user names are shorter."""


class LoginForm(AllauthLoginForm):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        login = self.fields["login"]
        login.widget.attrs["autocomplete"] = "username"  # what password managers look for
        # A longer one can't be any user's, and the database refuses to search for one that is very long.
        login.validators.append(MaxLengthValidator(MAX_LOGIN_LENGTH))
        login.widget.attrs["maxlength"] = MAX_LOGIN_LENGTH


class AddEmailForm(AllauthAddEmailForm):
    def save(self, request: HttpRequest) -> Any:
        """The primary address is told, as it is of other changes."""
        added = super().save(request)
        if self.user.email:
            get_adapter().send_notification_mail("account/email/email_added", self.user, {"added_email": added.email})
        return added


class AccountAdapter(DefaultAccountAdapter):
    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return settings.SIGNUP_OPEN

    def send_notification_mail(self, *args: Any, **kwargs: Any) -> None:
        """The change that it tells of is made already: a mail server that is down must not look as if it had failed."""
        try:
            super().send_notification_mail(*args, **kwargs)
        except OSError as error:  # smtplib's errors, too
            log.warning("A notice of a changed account could not be sent: %s", error)

    def set_password(self, user: User, password: str) -> None:
        """Changing or resetting a password ends the user's other sessions and closes their sockets."""
        super().set_password(user, password)
        authentication.recheck(user.pk)
