"""The sound of recordings and videos as one MP3 file that can be cut anywhere, by ffmpeg, where that is installed."""

from __future__ import annotations

import logging
import math
import re
import shutil
from functools import lru_cache
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

from .bounds import MAX_SOUND_SECONDS, SOUND_CPU_SECONDS, SOUND_WALL_SECONDS
from .process import run_program
from .result import Unreadable

log = logging.getLogger(__name__)

FRAME_BYTES, FRAME_SECONDS = 144, 0.036
"""Of MP3 with 16,000 samples and 32,000 bits a second: 576 samples. Without a bit reservoir, each can be decoded alone."""
MOST_OF_A_PIECE = 0.6
"""Of it, before a silence is looked for to cut in."""
LEAST_OF_A_PIECE_SECONDS = 1.0
"""Encoding adds some milliseconds, and models refuse what has fewer than 100: they are no piece of their own."""
NO_SOUND = "No sound can be read in this file: it has none, is damaged, or takes too long to read."
TOO_LONG = "This recording is longer than {hours} hours, and no more can be transcribed. Cut it into shorter ones."
_READERS = {
    "audio/mpeg": "mp3",
    "audio/aac": "aac",
    "audio/wav": "wav",
    "audio/flac": "flac",
    "audio/ogg": "ogg",
    "audio/aiff": "aiff",
    "audio/amr": "amr",
    **dict.fromkeys(("audio/webm", "video/webm", "audio/x-matroska", "video/x-matroska"), "matroska"),
    **dict.fromkeys(("audio/mp4", "video/mp4", "video/quicktime"), "mov"),
}
"""ffmpeg's names: it isn't left to it, which also reads lists of other files to open."""
_SILENCE = re.compile(rb"lavfi\.silence_(start|end)=(\d{1,6}(?:\.\d{1,9})?)")


class Soundtrack(NamedTuple):
    mp3: bytes
    cuts: list[float]
    """Seconds from its beginning at which its pieces begin, and where the last one ends."""

    @property
    def seconds(self) -> float:
        return self.cuts[-1]

    def piece(self, number: int) -> bytes:
        """As a file of its own."""
        first, end = (round(cut / FRAME_SECONDS) * FRAME_BYTES for cut in self.cuts[number : number + 2])
        return self.mp3[first:end]


@lru_cache(maxsize=1)
def program() -> str | None:
    """Where ffmpeg is; None where it isn't installed."""
    return shutil.which("ffmpeg")


def soundtrack(path: Path, media_type: str, piece_seconds: int) -> Soundtrack:
    """What is heard of the file at `path`, to be cut into pieces of at most so many seconds, in silences where there are some.

    Takes SOUND_WALL_SECONDS at most, and the same once more where it is to be cut. Raises Unreadable.
    """
    encoded = ("-ar", "16000", "-c:a", "libmp3lame", "-b:a", "32k", "-reservoir", "0", "-write_xing", "0", "-id3v2_version", "0")
    mp3 = _run(path, media_type, *encoded, "-f", "mp3", "pipe:1")
    seconds = len(mp3) // FRAME_BYTES * FRAME_SECONDS
    if not seconds:
        raise Unreadable(NO_SOUND)
    if seconds > MAX_SOUND_SECONDS + 1:
        raise Unreadable(TOO_LONG.format(hours=MAX_SOUND_SECONDS // 3600))
    if seconds <= piece_seconds:
        return Soundtrack(mp3, [0, seconds])
    found = _run(path, media_type, "-af", "silencedetect=noise=-35dB:d=0.4,ametadata=mode=print:file=-", "-f", "null", "-")
    return Soundtrack(mp3, _cuts(seconds, _silences(found), piece_seconds))


def _run(path: Path, media_type: str, *output: str) -> bytes:
    if (ffmpeg := program()) is None or media_type not in _READERS:
        raise Unreadable(NO_SOUND)
    asked = ("-nostdin", "-v", "error", "-protocol_whitelist", "file,pipe", "-threads", "1", "-t", str(MAX_SOUND_SECONDS + 60))
    # Opened by its name, so that ffmpeg can go back and forth in it.
    read = ("-f", _READERS[media_type], "-i", "file:/dev/fd/0", "-map", "0:a:0", "-map_metadata", "-1", "-filter_threads", "1", "-ac", "1")
    try:
        with path.open("rb") as file:
            return run_program([ffmpeg, *asked, *read, *output], file, SOUND_CPU_SECONDS, SOUND_WALL_SECONDS)
    except Unreadable as error:
        log.info("ffmpeg could not read a file: %s", error)
        raise Unreadable(NO_SOUND) from None


def _silences(said: bytes) -> list[tuple[float, float]]:
    """From when to when."""
    marks = [(kind == b"start", float(seconds)) for kind, seconds in _SILENCE.findall(said)]
    return [(start, end) for (is_start, start), (is_next_start, end) in pairwise(marks) if is_start and not is_next_start and start < end]


def _cuts(seconds: float, silences: list[tuple[float, float]], piece_seconds: int) -> list[float]:
    """In the longest silence towards the end of each piece; where there is none, at its end."""
    cuts = [0.0]
    while seconds - cuts[-1] > piece_seconds:
        least = cuts[-1] + piece_seconds * MOST_OF_A_PIECE
        most = min(cuts[-1] + piece_seconds, seconds - LEAST_OF_A_PIECE_SECONDS)
        within = [(end - start, (start + end) / 2) for start, end in silences if least <= (start + end) / 2 <= most]
        cuts.append(max(within)[1] if within else most)
    return [*(math.floor(cut / FRAME_SECONDS) * FRAME_SECONDS for cut in cuts), seconds]
