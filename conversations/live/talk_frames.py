"""The commands of a page that talks with an assistant in speech. See docs/protocol.md."""

from __future__ import annotations

import uuid
from typing import Any

from .command_frames import BadFrame, Command, Read, optional_key, optional_text, parse_as, values

LONGEST_ITEM = 200


def parse(frame: str | bytes | None) -> Command:
    """The command in one frame. Raises BadFrame."""
    return parse_as(_FIELDS, frame)


def _item(content: dict[str, Any], name: str, request_id: uuid.UUID | None) -> str:
    item = content.get(name)
    if not isinstance(item, str) or not 0 < len(item) <= LONGEST_ITEM:
        raise BadFrame("bad_frame", f"“{name}” must name what was spoken.", request_id)
    return item


def _milliseconds(content: dict[str, Any], name: str, request_id: uuid.UUID | None) -> int:
    told = content.get(name)
    if not isinstance(told, int | float) or isinstance(told, bool) or not 0 <= told < 10**9:
        raise BadFrame("bad_frame", f"“{name}” must be a number of milliseconds.", request_id)
    return int(told)


_FIELDS: dict[str, dict[str, Read]] = {
    "talk": {"conversation": optional_key, "prompt": optional_text, "variables": values},
    "played": {"item": _item, "milliseconds": _milliseconds},
    "ping": {},
}
