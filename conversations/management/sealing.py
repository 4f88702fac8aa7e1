"""Reseals the API keys that were sealed with an older secret, or not for their row. Several processes may do it at once."""

from __future__ import annotations

import asyncio
import logging
from typing import NamedTuple

from channels.db import database_sync_to_async
from django.db import DatabaseError, InterfaceError

from conversations.models import ApiKey, sealed

log = logging.getLogger(__name__)

BOUND_AFTER_SECONDS = 3600.0
"""From a start on. Then no process of a version runs any more that can't open what is sealed for a row."""


class Result(NamedTuple):
    resealed: int
    """How many keys this process resealed."""
    unreadable: list[str]
    """The keys that no secret opens, as reports name them."""


def reseal_all(*, binding: bool = True) -> Result:
    """With the newest secret, each for its own row. Without `binding`, what that secret opens for any row stays as it is."""
    resealed, unreadable = 0, []
    for key in ApiKey.objects.exclude(sealed="").select_related("provider").order_by("provider__name", "label"):
        if sealed.is_current(key.sealed, key.pk) or (not binding and sealed.is_current(key.sealed, None)):
            continue
        try:
            fresh = sealed.reseal(key.sealed, key.pk)
        except sealed.Unreadable:
            unreadable.append(f"“{key.label}” of {key.provider.name}")
            continue
        # Not where another process has resealed it, or an administrator has entered another key meanwhile.
        resealed += ApiKey.objects.filter(pk=key.pk, sealed=key.sealed).update(sealed=fresh)
    return Result(resealed, unreadable)


async def bind_later() -> None:
    """Seal for their rows what was sealed for none, once processes of the version before are gone: those couldn't use the keys."""
    await asyncio.sleep(BOUND_AFTER_SECONDS)
    try:
        await database_sync_to_async(reseal_all)()
    except (DatabaseError, InterfaceError) as error:
        log.warning("API keys could not be sealed for their rows, which the next start tries again: %s", error)
