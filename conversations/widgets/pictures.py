"""Pictures in a visitor's conversation: those that come with a message, kept as those that users attach, and where all are fetched."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Sequence
from functools import partial
from typing import Any

from channels.db import database_sync_to_async

from conversations.api import content
from conversations.api.errors import ApiError
from conversations.api.fields import Body, wrong
from conversations.api.responses import sent_files
from conversations.commands.idempotency import earlier_exchange
from conversations.database_jobs import job_transaction
from conversations.files import signed_addresses
from conversations.generation import fallbacks
from conversations.models import File, FileKind, User, Widget
from conversations.providers.request import TurnFile

from . import rates, visitors
from .visitors import Identity

MOST = 3
"""With one message."""
LARGEST_BYTES = 1024 * 1024
"""The widget sends smaller ones. A request has two of these at most in all."""


def are_taken(widget: Widget) -> bool:
    """Whether its visitors may send some, and what answers makes something of them. Synchronous. The prompt is loaded with it."""
    if not widget.takes_pictures or widget.prompt is None:
        return False
    label = widget.prompt.labels.select_related("version").filter(name=widget.prompt_label).first() if widget.prompt_label else None
    version = label.version if label else widget.prompt.published
    return version is not None and fallbacks.sees(version.model, version.pk) is not False


def read(widget: Widget, body: Body) -> list[TurnFile]:
    """Those of a message. Raises ApiError."""
    given = body.get("pictures")
    if given is None or given == []:
        return []
    if not widget.takes_pictures:
        raise ApiError(403, "This widget takes no pictures.", param="pictures", code="switched_off")
    if not isinstance(given, list) or len(given) > MOST or not all(isinstance(one, str) for one in given):
        raise wrong("pictures", f"at most {MOST} data URLs")
    found = [content.image(url, f"pictures[{number}]") for number, url in enumerate(given)]
    if any(picture.url or picture.size > LARGEST_BYTES for picture in found):
        raise wrong("pictures", f"data URLs of at most {LARGEST_BYTES // 1024} KiB each")
    return found


async def kept(who: Identity, address: str | None, request_id: uuid.UUID, given: Sequence[TurnFile]) -> list[uuid.UUID]:
    """The ids of the files that they are stored as; of a message that is there already, none. Raises ApiError and Refused."""
    if not given:
        return []
    user = await database_sync_to_async(partial(_counted, who, address, request_id, len(given)))()
    if user is None:
        return []
    keys = await sent_files.kept(user, given)
    if await File.objects.of(user).filter(pk__in=keys).exclude(kind=FileKind.IMAGE).aexists():
        raise wrong("pictures", "pictures")
    return keys


def shown(parts: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """Those of a message, each with an address below this site's origin that is good for a day."""
    return [
        {
            "url": signed_addresses.shown(uuid.UUID(part["file"])),
            "alt": part.get("alt", ""),
            "width": part["width"],
            "height": part["height"],
        }
        for part in parts
        if part.get("type") == "image" and "file" in part and "deleted" not in part
    ]


def _counted(who: Identity, address: str | None, request_id: uuid.UUID, number: int) -> User | None:
    with job_transaction():
        user = visitors.admitted(who, address)
        if earlier_exchange(user, request_id) is not None:
            return None
        rates.count_pictures(who.widget, user, number)
        return user
