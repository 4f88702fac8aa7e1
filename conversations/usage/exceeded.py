from __future__ import annotations

from datetime import datetime


class Exceeded(Exception):
    """A user has used up what a limit gives them. `detail` is a sentence for them; `resets` is when there is more, if that is known.

    `is_brief`: it is a matter of seconds.
    """

    code = "limit"

    def __init__(self, detail: str, resets: datetime | None = None, *, is_brief: bool = False) -> None:
        super().__init__(detail)
        self.detail, self.resets, self.is_brief = detail, resets, is_brief
