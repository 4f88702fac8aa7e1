"""Text of pages that are pictures, as scanners make them: each is drawn by one process, and recognised by another, tesseract."""

from __future__ import annotations

import logging
import re
import shutil
import subprocess
from collections.abc import Callable
from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from tempfile import TemporaryFile
from time import monotonic

from .bounds import CHILD_CPU_SECONDS, CHILD_WALL_SECONDS, MAX_CHARACTERS, RECOGNISED_PAGES, RECOGNITION_SECONDS
from .collected import clean
from .process import drawn, run_program
from .result import Reading, Unreadable

log = logging.getLogger(__name__)

RECOGNISED = "The text was read from pictures of its pages, and may have mistakes."
RECOGNISED_IMAGE = "Models that can’t see are given the text on it, which may have mistakes."
LEAST_WORDS = 4
"""Fewer are found where there is no text: in leaves, and in fabrics."""
_WORD = re.compile(r"[^\W\d_]{3,}")
FEWER_PAGES = "Of {pages:,} pages, only the first {read:,} were read."
_NO_LANGUAGES = {"osd", "equ", "snum"}


@lru_cache(maxsize=1)
def program() -> str | None:
    """Where tesseract is; None where it isn't installed."""
    return shutil.which("tesseract")


@lru_cache(maxsize=1)
def installed_languages() -> str:
    """All of tesseract's, as it takes them; "" where there are none."""
    if (path := program()) is None:
        return ""
    try:
        said = subprocess.run([path, "--list-langs"], capture_output=True, text=True, timeout=10, check=False).stdout  # noqa: S603
    except (OSError, subprocess.SubprocessError) as error:
        log.warning("tesseract can't say which languages it has: %s", error)
        return ""
    return "+".join(name for name in said.splitlines()[1:] if name not in _NO_LANGUAGES)


def is_of_pictures(reading: Reading) -> bool:
    """Whether there are pages without any text."""
    return reading.content_type == "application/pdf" and bool(reading.pages) and not reading.text


def recognised(path: Path, reading: Reading, languages: str, before_page: Callable[[int, int], None] = lambda done, total: None) -> Reading:
    """The same with the text that is on the pictures of its pages, where there is any. Takes RECOGNITION_SECONDS, and a page more, at most.

    `before_page` is called with how many pages are done and how many are to be; what it raises ends this.
    """
    pages = reading.pages or 0
    most, until, said = min(pages, RECOGNISED_PAGES), monotonic() + RECOGNITION_SECONDS, list[str]()
    for number in range(most):
        if monotonic() > until or sum(map(len, said)) > MAX_CHARACTERS:
            break
        before_page(number, most)
        said.append(f"[Page {number + 1}]\n{_text_of(path, number, languages)}".rstrip())
    text = "\n\n".join(said)[:MAX_CHARACTERS]
    if all(len(page.splitlines()) == 1 for page in said):
        return reading
    fewer = FEWER_PAGES.format(pages=pages, read=len(said)) if len(said) < pages else ""
    return replace(reading, text=text, note=" ".join(filter(None, (RECOGNISED, fewer))))


def recognised_image(path: Path, reading: Reading, languages: str) -> Reading:
    """The same with the text that is on the image, where there is some."""
    text = _text_of(path, 0, languages)[:MAX_CHARACTERS]
    if len(_WORD.findall(text)) < LEAST_WORDS:
        return reading
    return replace(reading, text=text, note=" ".join(filter(None, (reading.note, RECOGNISED_IMAGE))))


def _text_of(path: Path, number: int, languages: str) -> str:
    """Empty for a page that can't be read: the others are still of use."""
    tesseract = program()
    if tesseract is None:
        return ""
    try:
        with TemporaryFile() as picture:
            picture.write(drawn(path, number))
            picture.seek(0)
            command = [tesseract, "stdin", "stdout", "-l", languages]
            found = run_program(command, picture, CHILD_CPU_SECONDS, CHILD_WALL_SECONDS)
    except Unreadable as error:
        log.info("A page could not be recognised: %s", error)
        return ""
    return clean(found.decode(errors="replace")).strip()
