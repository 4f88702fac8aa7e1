"""The forms of accounts, where they differ from allauth's own."""

from __future__ import annotations

from typing import Any

from allauth.account.adapter import get_adapter
from allauth.account.forms import AddEmailForm as AllauthAddEmailForm
from allauth.account.forms import ChangePasswordForm as AllauthChangePasswordForm
from allauth.account.forms import LoginForm as AllauthLoginForm
from allauth.account.forms import ResetPasswordKeyForm as AllauthResetPasswordKeyForm
from allauth.account.forms import SetPasswordForm as AllauthSetPasswordForm
from allauth.account.forms import SignupForm as AllauthSignupForm
from allauth.account.models import EmailAddress
from django import forms
from django.contrib.auth.forms import UsernameField
from django.core.validators import MaxLengthValidator
from django.http import HttpRequest

from conversations.mail import has_mail
from conversations.models import User

MAX_LOGIN_LENGTH = 254
"""Of an email address; user names are shorter."""
WHY_AN_ADDRESS = "The only way to a new password should you forget yours: a link is sent there."
WHY_WITHOUT_MAIL = "This site can’t send mail yet. Once it can, a link for a new password goes there."


def why_an_address() -> str:
    return WHY_AN_ADDRESS if has_mail() else WHY_WITHOUT_MAIL


class LoginForm(AllauthLoginForm):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        login = self.fields["login"]
        login.widget.attrs["autocomplete"] = "username"  # what password managers look for
        # A longer one can't be any user's, and the database refuses to search for one that is very long.
        login.validators.append(MaxLengthValidator(MAX_LOGIN_LENGTH))
        login.widget.attrs["maxlength"] = MAX_LOGIN_LENGTH


class EnteredOnce(forms.Form):
    """A new password is entered once: its field can be looked at."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields.pop("password2", None)
        self.fields["password1"].help_text = "At least 8 characters; not one that many people use, and not your username."


class ChangePasswordForm(EnteredOnce, AllauthChangePasswordForm):
    pass


class SetPasswordForm(EnteredOnce, AllauthSetPasswordForm):
    pass


class ResetPasswordKeyForm(EnteredOnce, AllauthResetPasswordKeyForm):
    pass


class SignupForm(EnteredOnce, AllauthSignupForm):
    """A new account, however it comes to be: by signing up, by an invitation, or as the first administrator's."""

    username = UsernameField(label="Username", widget=forms.TextInput())

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["email"].label = "Email"
        self.fields["email"].help_text = why_an_address()

    def make(self, request: HttpRequest) -> User:
        """The account, which is saved with its address of mail. The form must be valid; raises IntegrityError where the name was
        taken since then."""
        user = self.save(request)
        assert isinstance(user, User)
        return user


class AddEmailForm(AllauthAddEmailForm):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if EmailAddress.objects.filter(user=self.user).exists():
            self.fields["email"].label = "Another address"
        else:
            self.fields["email"].help_text = why_an_address()

    def save(self, request: HttpRequest) -> Any:
        """The primary address is told, as it is of other changes."""
        added = super().save(request)
        if self.user.email:
            get_adapter().send_notification_mail("account/email/email_added", self.user, {"added_email": added.email})
        return added
