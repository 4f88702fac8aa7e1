"""The last superuser who can enter the administration: without one, no user could be given a permission again."""

from __future__ import annotations

import uuid
from collections.abc import Collection

from django.contrib.auth.hashers import UNUSABLE_PASSWORD_PREFIX

from conversations.models import User

REFUSAL = (
    "This is the last superuser who can enter the administration. Make another active user with a password a superuser with staff status "
    "first: without one, the site can’t be administered."
)
NEEDED = ("is_active", "is_staff", "is_superuser")


def is_last(keys: Collection[uuid.UUID]) -> bool:
    """Whether without these users no superuser is left who can enter. Call it in the transaction that changes them: it locks all
    superusers."""
    superusers = User.objects.select_for_update().filter(**dict.fromkeys(NEEDED, True))
    entering = set(superusers.exclude(password__startswith=UNUSABLE_PASSWORD_PREFIX).values_list("pk", flat=True))
    return bool(entering) and entering <= set(keys)
