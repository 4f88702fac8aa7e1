"""What is asked to be transcribed."""

from __future__ import annotations

from typing import NamedTuple


class Recording(NamedTuple):
    content: bytes
    content_type: str
    """Such as “audio/webm;codecs=opus”, as the browser calls it."""
    file_name: str
    """Its ending is what many servers tell the format by."""
    seconds: float = 0
    """How long it is, where that is known."""
    with_marks: bool = False
    """Whether it is asked at which times something was said."""
