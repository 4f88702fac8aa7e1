"""The last active superuser: without one, no user could be given a permission again."""

from __future__ import annotations

import uuid
from collections.abc import Collection

from conversations.models import User

REFUSAL = "This is the last active superuser. Make another user a superuser first: without one, the site can't be administered."


def is_last(keys: Collection[uuid.UUID]) -> bool:
    """Whether no active superuser is left without these users. Call it in the transaction that changes them: it locks all superusers."""
    active = set(User.objects.select_for_update().filter(is_superuser=True, is_active=True).values_list("pk", flat=True))
    return bool(active) and active <= set(keys)
