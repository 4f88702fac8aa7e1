"""Asks a virus scanner that runs elsewhere: clamd, by its INSTREAM command (https://docs.clamav.net/manual/Usage/Scanning.html#clamd)."""

from __future__ import annotations

import logging
import socket
import struct
from pathlib import Path

from django.conf import settings

from .refusal import FileRefused

log = logging.getLogger(__name__)

TIMEOUT_SECONDS = 45
CHUNK_BYTES = 64 * 1024
MAX_ANSWER_BYTES = 4096
FOUND = " FOUND"


def require_clean(path: Path) -> None:
    """Raises FileRefused where the scanner that is named finds something in the file, and where it can't be asked."""
    if not settings.VIRUS_SCANNER:
        return
    try:
        answer = _asked(path)
    except OSError as error:
        answer = str(error)
    if answer == "stream: OK":
        return
    if answer.endswith(FOUND):
        virus = answer.removeprefix("stream: ").removesuffix(FOUND)
        log.warning("The virus scanner found %s in an uploaded file, which was refused.", virus)
        raise FileRefused("virus", f"This file is not taken: the virus scanner found “{virus}” in it.")
    log.error("The virus scanner at %s gave no verdict: %s", settings.VIRUS_SCANNER, answer or "it closed the connection")
    raise FileRefused("scanner", "Files can’t be checked for viruses just now, so none is taken. Try again later.", 503)


def _asked(path: Path) -> str:
    with _connected() as scanner, path.open("rb") as file:
        scanner.sendall(b"zINSTREAM\0")
        try:
            while chunk := file.read(CHUNK_BYTES):
                scanner.sendall(struct.pack("!I", len(chunk)) + chunk)
            scanner.sendall(struct.pack("!I", 0))
        except (BrokenPipeError, ConnectionResetError):
            pass  # it has heard enough; its answer says why
        answer = b""
        while not answer.endswith(b"\0") and len(answer) < MAX_ANSWER_BYTES and (more := scanner.recv(MAX_ANSWER_BYTES)):
            answer += more
    return answer.rstrip(b"\0").decode("utf-8", "replace").strip()


def _connected() -> socket.socket:
    if settings.VIRUS_SCANNER.startswith("/"):
        scanner = socket.socket(socket.AF_UNIX)
        scanner.settimeout(TIMEOUT_SECONDS)
        try:
            scanner.connect(settings.VIRUS_SCANNER)
        except OSError:
            scanner.close()
            raise
        return scanner
    host, _, port = settings.VIRUS_SCANNER.rpartition(":")
    return socket.create_connection((host.strip("[]"), int(port)), TIMEOUT_SECONDS)
