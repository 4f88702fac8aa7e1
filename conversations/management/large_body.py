"""The body of one request that is larger than a page's: held for the user of its token, and not at all without one."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import Callable

from django.db import DatabaseError, InterfaceError

from conversations.api import authentication, errors
from conversations.api.errors import ApiError

from .large_requests import LargeRequests

Told = Callable[[ApiError | None], None]
"""Called once it is known whose the body is, with why it can't be."""


class LargeBody:
    """Its user is looked up while its first bytes come, which count as a page's do."""

    def __init__(self, room: LargeRequests, authorization: str, told: Told) -> None:
        self._room, self._told = room, told
        self._user_id: uuid.UUID | None = None
        self._held = 0
        self._lookup = asyncio.get_running_loop().create_task(self._look_up(authorization))

    @property
    def is_known(self) -> bool:
        return self._user_id is not None

    def hold(self, size: int) -> ApiError | None:
        """Take room for all of the bytes that are more than a page's; or else why there is none."""
        assert self._user_id is not None
        refusal = self._room.take(self._user_id, size - self._held)
        if refusal is None:
            self._held = size
        return refusal

    def let_go(self) -> None:
        """It was answered, or its connection is lost."""
        self._lookup.cancel()
        held, self._held = self._held, 0
        if held and self._user_id is not None:
            self._room.give_back(self._user_id, held)

    async def _look_up(self, authorization: str) -> None:
        refusal = None
        try:
            self._user_id = (await authentication.caller_by(authorization)).user.pk
        except ApiError as error:
            refusal = error
        except (DatabaseError, InterfaceError):
            refusal = errors.unavailable()
        self._told(refusal)
