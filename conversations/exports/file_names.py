"""What the file of a conversation is called: its day and title, without signs that a file system or a reader could take amiss."""

from __future__ import annotations

import re

from conversations.models import Conversation

MAX_CHARACTERS = 80
MAX_EXTENSION_CHARACTERS = 12
RESERVED = {"con", "prn", "aux", "nul", *(f"{port}{number}" for port in ("com", "lpt") for number in range(1, 10))}
"""Names of devices on Windows."""
UNSAFE = re.compile(r'[\x00-\x1f\x7f-\x9f<>:"/\\|?*\u200b-\u200f\u2028-\u202e\u2066-\u2069\ufeff]')


def file_name(conversation: Conversation, extension: str) -> str:
    """Such as "2026-11-26 Why the sky is blue.md"."""
    title = " ".join(UNSAFE.sub(" ", conversation.title).split())[:MAX_CHARACTERS].strip(" .") or "Conversation"
    return f"{conversation.updated:%Y-%m-%d} {title}.{extension}"


def safe(name: str) -> str:
    """The name of an attached file, with its extension, as any file system takes it; empty where nothing of it is left."""
    clean = " ".join(UNSAFE.sub(" ", name).split()).strip(" .")
    stem, dot, extension = clean.rpartition(".")
    if not dot:
        stem, extension = clean, ""
    if stem.strip().casefold() in RESERVED:
        stem = f"_{stem}"
    return f"{stem[:MAX_CHARACTERS].strip()}{dot}{extension[:MAX_EXTENSION_CHARACTERS]}"
