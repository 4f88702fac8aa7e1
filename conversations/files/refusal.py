"""Why a file is not taken."""

from __future__ import annotations


class FileRefused(Exception):
    """`code` is for programs, `detail` a sentence for the user; `status` is HTTP's."""

    def __init__(self, code: str, detail: str, status: int = 422) -> None:
        super().__init__(detail)
        self.code, self.detail, self.status = code, detail, status


def gone() -> FileRefused:
    """The same for what does not exist and for what belongs to another user."""
    return FileRefused("not_found", "That file or upload doesn’t exist (any more). Attach it again.", 404)
