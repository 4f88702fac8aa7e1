"""Why a command is not carried out."""

from __future__ import annotations

from datetime import datetime


class Refused(Exception):
    """A command that can't be carried out. `code` is for programs, `detail` a sentence for the user.

    `resets` is when the limit that it exceeds resets, where that is known; `is_brief`: it can be carried out in some seconds.
    """

    def __init__(self, code: str, detail: str, resets: datetime | None = None, *, is_brief: bool = False) -> None:
        super().__init__(detail)
        self.code = code
        self.detail = detail
        self.resets = resets
        self.is_brief = is_brief


def not_found() -> Refused:
    """The same for what does not exist and for what belongs to another user."""
    return Refused("not_found", "That conversation or message doesn’t exist (any more). Reload the page.")


class SignedOut(Exception):
    """The session of who sent the command has ended."""
