from django.contrib.auth.models import AbstractUser
from django.db import models

from .identifiers import new_id


class User(AbstractUser):
    """Our own model from the first migration, so that it can grow."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    is_service = models.BooleanField(
        "service", default=False, db_default=False, help_text="Made for a program, which uses the API with tokens. It can’t sign in."
    )
    is_visitor = models.BooleanField(
        "visitor", default=False, db_default=False, editable=False, help_text="Writes to a widget on another site. It can’t sign in."
    )
