"""Files that come with the input of a response that is stored: kept as those that its user attaches in the page."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import Sequence
from mimetypes import guess_extension
from pathlib import Path

from channels.db import database_sync_to_async

from conversations.api.errors import ApiError
from conversations.files import stored
from conversations.files.refusal import FileRefused
from conversations.files.storing import store
from conversations.models import File, FileState, User
from conversations.providers.request import TurnFile

READ_SECONDS = 60.0
"""For so long it is waited for files that are read in the background."""
LOOK_SECONDS = 0.2


async def kept(user: User, files: Sequence[TurnFile]) -> list[uuid.UUID]:
    """Their ids, in this order, once they are read. Raises ApiError."""
    for file in files:
        if file.url:
            detail = "An image that is stored comes as a data URL: this server fetches nothing from other addresses."
            raise ApiError(400, detail, param="input", code="unsupported_value")
    keys = [await database_sync_to_async(_kept)(user, file) for file in files]
    await _until_read(user, keys)
    return keys


def _kept(user: User, file: TurnFile) -> uuid.UUID:
    name = file.name if "." in file.name else f"{file.name}{guess_extension(file.content_type) or ''}"
    try:
        with stored.temporary_file() as whole:
            whole.write(file.read())
            whole.flush()
            return store(user, Path(whole.name), name).pk
    except FileRefused as refused:
        raise ApiError(refused.status if refused.status != 422 else 400, refused.detail, param="input", code=refused.code) from None


async def _until_read(user: User, keys: Sequence[uuid.UUID]) -> None:
    reading = File.objects.of(user).filter(pk__in=keys, state=FileState.READING)
    until = asyncio.get_running_loop().time() + READ_SECONDS
    while keys and await reading.aexists():
        if asyncio.get_running_loop().time() > until:
            raise ApiError(503, "A file is still being read. Ask again in a moment.", code="busy", retry_after=10)
        await asyncio.sleep(LOOK_SECONDS)
