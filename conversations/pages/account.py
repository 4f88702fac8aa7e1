"""Accounts, where they differ from allauth's own."""

import logging
from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from django.conf import settings
from django.http import HttpRequest

from conversations.live import authentication
from conversations.models import User

log = logging.getLogger(__name__)


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
