from django.apps import AppConfig
from django.contrib.auth.signals import user_logged_out


class ConversationsConfig(AppConfig):
    name = "conversations"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from .live import presence

        # Django ends sessions in several places and tells of all of them only by this signal.
        user_logged_out.connect(presence.sign_out)
