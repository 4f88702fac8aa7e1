"""What is asked for of an uploaded recording: a piece after the other where ffmpeg can cut it, else the recording as it came."""

from __future__ import annotations

import math
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from conversations.files import quota, stored
from conversations.files.reading import sound
from conversations.files.reading.result import Unreadable
from conversations.providers.recording import Recording

from .transcription import longest_seconds

if TYPE_CHECKING:
    from conversations.models import File

PIECE_SECONDS = 600
"""At most. Models take some 25 minutes at once; what a broken attempt loses is less than that."""
LARGEST_BYTES = 25 * quota.MIB
"""As OpenAI takes it at once: https://platform.openai.com/docs/guides/speech-to-text."""
LONGEST_SECONDS = 1500
ENDINGS = {
    "audio/mpeg": "mp3",
    "audio/mp4": "m4a",
    "audio/wav": "wav",
    "audio/flac": "flac",
    "audio/ogg": "ogg",
    "audio/webm": "webm",
    "video/webm": "webm",
    "video/mp4": "mp4",
}
"""Of what providers take as it is."""
KIND_NEEDS_FFMPEG = (
    "Sound of this kind can’t be transcribed here. Save it as MP3, M4A, WAV, FLAC, OGG or WebM; or ask an administrator to install ffmpeg."
)
SIZE_NEEDS_FFMPEG = (
    "This recording has {size}, and at most 25 MB can be transcribed at once here. Make it smaller, or cut it into shorter ones; "
    "or ask an administrator to install ffmpeg."
)


class Piece(NamedTuple):
    recording: Recording
    begins: float
    ends: float
    """Seconds from the beginning, as far as that is known."""
    most_seconds: int
    seconds: int | None
    """How long the recording is, where that is known."""
    is_alone: bool


def of(found: File) -> list[Piece]:
    """What is to be asked for. Raises Unreadable."""
    with stored.local_path(found.stored[0]) as path:
        if sound.program() is None:
            return [_whole(found, path)]
        track = sound.soundtrack(path, found.content_type, PIECE_SECONDS)
    pieces = []
    for number, (begins, ends) in enumerate(pairwise(track.cuts)):
        recording = Recording(track.piece(number), "audio/mpeg", "recording.mp3", ends - begins, with_marks=True)
        pieces.append(Piece(recording, begins, ends, math.ceil(ends - begins), round(track.seconds), is_alone=len(track.cuts) == 2))
    return pieces


def _whole(found: File, path: Path) -> Piece:
    """The recording as it came. Raises Unreadable."""
    if (ending := ENDINGS.get(found.content_type)) is None:
        raise Unreadable(KIND_NEEDS_FFMPEG)
    if found.size > LARGEST_BYTES:
        raise Unreadable(SIZE_NEEDS_FFMPEG.format(size=quota.in_words(found.size)))
    recording = Recording(path.read_bytes(), found.content_type, f"recording.{ending}", with_marks=True)
    seconds = min(longest_seconds(found.size), LONGEST_SECONDS)
    return Piece(recording, 0, seconds, seconds, None, is_alone=True)
