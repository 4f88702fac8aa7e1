"""Who may make API tokens for themselves: everyone, by a setting, or those who have the permission."""

from __future__ import annotations

from django.conf import settings
from django.contrib.auth.models import Permission
from django.db.models import Q

from conversations.models import User
from conversations.process_cache import Fresh, kept

RIGHT = "conversations.make_apitoken"
RAW_MODELS = "conversations.use_raw_models"
"""To ask models without an assistant, with a token of one's own."""
FRESH_SECONDS = 10.0


def may_make(user: User) -> bool:
    """The chat page asks this each time: where no group and no user has the permission, the user's aren't looked up."""
    return settings.USERS_MAKE_API_TOKENS or user.is_superuser or (_is_given.get() and user.has_perm(RIGHT))


def _is_given_to_some() -> bool:
    given = Permission.objects.filter(content_type__app_label="conversations", codename=RIGHT.partition(".")[2])
    return given.filter(Q(group__isnull=False) | Q(user__isnull=False)).exists()


_is_given = kept(Fresh(_is_given_to_some, FRESH_SECONDS))
