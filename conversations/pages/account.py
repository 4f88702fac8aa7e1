"""Accounts, where they differ from allauth's own."""

import logging
from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.auth_backends import AuthenticationBackend
from django.conf import settings
from django.http import HttpRequest

from conversations.live import authentication
from conversations.models import User

from . import sign_in_limits
from .mail import at_own_origin

log = logging.getLogger(__name__)


class SignInBackend(AuthenticationBackend):
    def _authenticate_by_email(self, email: str, password: str) -> Any:
        return next((user for user in sign_in_limits.accounts_of_address(email) if self._check_password(user, password)), None)


class AccountAdapter(DefaultAccountAdapter):
    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return settings.SIGNUP_OPEN

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        """Links lead to this site, whatever host or port the client named that caused the mail."""
        request = self.request
        if request is not None:
            context = {name: at_own_origin(request, value) if isinstance(value, str) else value for name, value in context.items()}
        super().send_mail(template_prefix, email, context)

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
        if self.request is not None:
            sign_in_limits.clear(self.request, user)

    def pre_authenticate(self, request: HttpRequest, **credentials: Any) -> None:
        self._login_failed_rl_usage = sign_in_limits.count(request, credentials)  # which allauth rolls back on success
        if self._login_failed_rl_usage is None:
            raise self.validation_error("too_many_login_attempts")

    def _delete_login_attempts_cached_email(self, request: HttpRequest, **credentials: Any) -> None:
        """Not by the addresses of an account whose password was reset, which may be another user's: see set_password."""
