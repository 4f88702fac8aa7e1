"""What every template may need to know about this site."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest

from conversations.mail import has_mail

from .first_admin import has_no_admin


def site(request: HttpRequest) -> dict[str, Any]:
    return {
        "site_name": settings.SITE_NAME,
        "signup_open": settings.SIGNUP_OPEN,
        "has_no_admin": has_no_admin,
        "has_mail": has_mail,
        "csrf_cookie": settings.CSRF_COOKIE_NAME,
    }
