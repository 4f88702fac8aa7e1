"""A transcript as text, with the times at which something was said before it."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from conversations.providers.transcript import Transcript


def marked(transcript: Transcript, begins: float, is_alone: bool) -> str:
    """A line for each segment, of a piece that begins so many seconds after the recording; without segments one for all of it.

    That has no mark where the piece `is_alone` in its recording.
    """
    if transcript.segments:
        return "\n".join(
            f"{mark(begins + one.begins)} {f'{one.speaker}: ' if one.speaker else ''}{one.text}" for one in transcript.segments
        )
    return transcript.text if is_alone or not transcript.text else f"{mark(begins)} {transcript.text}"


def mark(seconds: float) -> str:
    """Such as [00:12], and from an hour on [1:00:12]."""
    minutes, second = divmod(int(seconds), 60)
    hours, minute = divmod(minutes, 60)
    return f"[{hours}:{minute:02}:{second:02}]" if hours else f"[{minute:02}:{second:02}]"
