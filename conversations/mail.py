"""Whether this site sends mail."""

from django.conf import settings

PRINTED_MAIL = "django.core.mail.backends.console.EmailBackend"


def has_mail() -> bool:
    """Whether mails are sent. Without EMAIL_URL they are only printed where the server runs."""
    return bool(settings.EMAIL_BACKEND != PRINTED_MAIL)
