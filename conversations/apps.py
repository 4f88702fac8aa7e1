from django.apps import AppConfig
from django.contrib.auth.signals import user_logged_out
from django.core.signals import request_finished
from django.db import connections


class ConversationsConfig(AppConfig):
    name = "conversations"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from conversations.live import authentication

        # Both are Django's own events, which it tells of only by signals.
        user_logged_out.connect(authentication.sign_out)
        request_finished.connect(_close_what_the_request_opened)


def _close_what_the_request_opened(**kwargs: object) -> None:
    """Under ASGI each request has a thread of its own. A connection that outlived it would wait for the garbage collector."""
    for connection in connections.all(initialized_only=True):
        if connection.vendor == "sqlite" and not connection.in_atomic_block:
            connection.close()
