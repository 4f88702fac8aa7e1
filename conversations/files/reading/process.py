"""Has a file read by a short-lived process with limits, so that a hostile one harms nothing but its own reading."""

from __future__ import annotations

import json
import logging
import os
import re
import selectors
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import IO, Any

from .bounds import CHILD_CPU_SECONDS, CHILD_MEMORY_BYTES, CHILD_WALL_SECONDS, MAX_ANSWER_BYTES, MAX_CHARACTERS, MIB
from .result import Reading, Unreadable

log = logging.getLogger(__name__)

FAILED = "This file can’t be read: it is damaged, or its kind is not known here."
TOO_MUCH_MEMORY = f"This file can’t be read: that takes more than {CHILD_MEMORY_BYTES // MIB:,} MB of memory."
TOO_MUCH_TIME = f"This file can’t be read: that takes more than {CHILD_CPU_SECONDS} seconds of processor time."
TOO_LONG = f"This file can’t be read: that takes more than {CHILD_WALL_SECONDS} seconds."
CHILD, PROGRAM_CHILD = Path(__file__).with_name("child.py"), Path(__file__).with_name("program_child.py")
_LOADER_VARIABLES = ("LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH", "DYLD_FALLBACK_LIBRARY_PATH")
"""Where Python itself may be found by."""
_CONTENT_TYPES = re.compile(r"[a-z]+/[a-z0-9.+-]{1,90}")
_IMAGE_BEGINNINGS = {"image/png": b"\x89PNG\r\n\x1a\n", "image/jpeg": b"\xff\xd8\xff", "image/webp": b"RIFF"}


class TookTooLong(Unreadable):
    """It may be read by a caller that waits longer."""


def read(path: Path, name: str, wall_seconds: float | None = None) -> Reading:
    """What is in the file at `path`, which has come under `name`. Waits for the process, CHILD_WALL_SECONDS at most. Raises Unreadable."""
    extension = re.sub(r"[^a-z0-9]", "", Path(name).suffix.lower())[:12]
    with path.open("rb") as file:
        return _reading(run(CHILD, [extension], file, wall_seconds))


def drawn(path: Path, page: int) -> bytes:
    """A page, from 0, of the PDF at `path`, or the image there, as a portable graymap: nothing in it needs to be read but its size.

    Raises Unreadable.
    """
    with path.open("rb") as file:
        answer = run(CHILD, ["pdf", str(page)], file)
    said, picture = _said(answer)
    try:
        width, height = said["picture"]
        _require(type(width) is int and type(height) is int and width > 0 and height > 0 and width * height == len(picture))
    except (ValueError, LookupError, TypeError) as error:
        log.warning("A process that drew a page gave an answer that is none: %r", error)
        raise Unreadable(FAILED) from None
    return b"P5 %d %d 255\n" % (width, height) + picture


def run(script: Path, arguments: list[str], file: IO[bytes], wall_seconds: float | None = None) -> bytes:
    """What one of our scripts says of the file. Waits for it, CHILD_WALL_SECONDS at most. Raises Unreadable."""
    environment = {variable: os.environ[variable] for variable in _LOADER_VARIABLES if variable in os.environ}
    # Isolated (-I): neither this folder nor the environment's PYTHON* variables are looked at; and nothing is written (-B).
    command = [sys.executable, "-I", "-B", str(script), *arguments]
    process = subprocess.Popen(  # noqa: S603  (our own script)
        command, stdin=file, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env={**environment, "LANG": "C.UTF-8"}, cwd="/"
    )
    try:
        return _answer(process, wall_seconds or CHILD_WALL_SECONDS)
    finally:
        process.kill()
        process.wait()
        assert process.stdout is not None
        process.stdout.close()


def run_program(command: list[str], file: IO[bytes], cpu_seconds: int, wall_seconds: int) -> bytes:
    """What a program of the system's, such as tesseract, says of the file. Raises Unreadable."""
    return run(PROGRAM_CHILD, [str(cpu_seconds), str(wall_seconds), *command], file, wall_seconds)


def _answer(process: subprocess.Popen[bytes], wall_seconds: float) -> bytes:
    """All that the process says until it ends, if that is in time and not too much. Raises Unreadable."""
    assert process.stdout is not None
    said, until = bytearray(), time.monotonic() + wall_seconds
    with selectors.DefaultSelector() as selector:
        selector.register(process.stdout, selectors.EVENT_READ)
        while True:
            if not selector.select(max(0, until - time.monotonic())):
                raise TookTooLong(TOO_LONG)
            piece = os.read(process.stdout.fileno(), 256 * 1024)
            if not piece:
                break
            said += piece
            if len(said) > MAX_ANSWER_BYTES:
                log.warning("A process that read a file said more than %d bytes, and was ended", MAX_ANSWER_BYTES)
                raise Unreadable(FAILED)
    try:
        status = process.wait(timeout=max(1, until - time.monotonic()))
    except subprocess.TimeoutExpired:
        raise TookTooLong(TOO_LONG) from None
    if status == 0:
        return bytes(said)
    if status == -signal.SIGALRM:
        raise TookTooLong(TOO_LONG)
    if status == -signal.SIGXCPU:
        raise Unreadable(TOO_MUCH_TIME)
    if status == -signal.SIGKILL:  # of all processes, the system ends this one first where memory runs out
        raise Unreadable(TOO_MUCH_MEMORY)
    log.warning("A process that read a file ended with status %d", status)
    raise Unreadable(FAILED)


def _said(answer: bytes) -> tuple[dict[str, Any], bytes]:
    """Nothing in it is trusted, for the file may have taken over the process. Raises Unreadable."""
    try:
        length = int.from_bytes(answer[:4], "big")
        said, rest = json.loads(answer[4 : 4 + length]), answer[4 + length :]
        if "unreadable" in said:
            raise Unreadable(str(said["unreadable"])[:1000])
        if "failed" in said:
            log.info("A file could not be read: %.500s", said["failed"])
            raise Unreadable(TOO_MUCH_MEMORY if said["failed"] == "memory" else FAILED)
    except (ValueError, LookupError, TypeError, RecursionError) as error:
        log.warning("A process that read a file gave an answer that is none: %r", error)
        raise Unreadable(FAILED) from None
    return said, rest


def _reading(answer: bytes) -> Reading:
    said, rest = _said(answer)
    try:
        return _checked(said["reading"], said["blobs"], rest)
    except (ValueError, LookupError, TypeError, AssertionError, RecursionError) as error:
        log.warning("A process that read a file gave an answer that is none: %r", error)
        raise Unreadable(FAILED) from None


def _checked(fields: dict[str, Any], lengths: list[int], blobs: bytes) -> Reading:
    kind, content_type = fields["kind"], fields["content_type"]
    sizes = [fields[name] for name in ("pages", "width", "height")]
    texts = [fields["text"], fields["note"]]
    _require(kind in ("image", "document", "audio") and isinstance(content_type, str))
    _require(_CONTENT_TYPES.fullmatch(content_type) is not None)
    _require(all(size is None or (type(size) is int and 0 < size < 2**31) for size in sizes))
    _require(all(isinstance(text, str) for text in texts) and len(texts[0]) <= MAX_CHARACTERS * 1.01 and len(texts[1]) <= 1000)
    images: list[bytes | None] = [None, None]
    if kind == "image":
        image, thumbnail = blobs[: lengths[0]], blobs[lengths[0] : lengths[0] + lengths[1]]
        _require(image.startswith(_IMAGE_BEGINNINGS[content_type]) and thumbnail.startswith(b"RIFF") and None not in sizes[1:])
        images = [image, thumbnail]
    clean = [text.encode(errors="replace").decode() for text in texts]
    pages, width, height = sizes
    return Reading(kind, content_type, clean[0], pages, images[0], images[1], width, height, clean[1])


def _require(holds: bool) -> None:
    if not holds:
        raise ValueError("not what a reader says")
