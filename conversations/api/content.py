"""The content of a message that a program sends: a text, or parts in the words of either API, with images and files in them."""

from __future__ import annotations

import base64
import binascii
import re
from functools import partial
from typing import Any

from conversations.providers.request import TurnFile

from .fields import wrong

TEXTS = ("text", "input_text", "output_text")
IMAGE_TYPES = ("image/png", "image/jpeg", "image/webp", "image/gif")
TOKENS_PER_IMAGE = 1_536
"""Estimated, for its size isn't known before it is decoded, and an address says nothing of it."""
BYTES_PER_TOKEN = 4
LONGEST_NAME = 200
_DATA_URL = re.compile(r"data:([\w.+-]+/[\w.+-]+)(?:;[\w.+-]+=[\w.+-]+)*;base64,(.*)", re.DOTALL | re.IGNORECASE)


def text(content: Any, name: str) -> str:
    """The text alone. Raises ApiError where there are other parts."""
    said, files = parts(content, name)
    if files:
        raise wrong(name, "text: only messages of the user can hold images and files")
    return said


def parts(content: Any, name: str) -> tuple[str, list[TurnFile]]:
    """The text, its parts joined by line breaks, and the files. Raises ApiError."""
    if content is None:
        return "", []
    if isinstance(content, str):
        return content, []
    if not isinstance(content, list):
        raise wrong(name, "a text or a list of parts")
    texts: list[str] = []
    files: list[TurnFile] = []
    for number, part in enumerate(content):
        within = f"{name}[{number}]"
        if not isinstance(part, dict):
            raise wrong(within, "an object")
        kind = part.get("type")
        if kind in TEXTS:
            if not isinstance(part.get("text"), str):
                raise wrong(f"{within}.text", "a text")
            texts.append(part["text"])
        elif kind == "refusal":
            texts.append(str(part.get("refusal", "")))
        elif kind == "image_url" or kind == "input_image":
            files.append(image(_url_of(part.get("image_url"), f"{within}.image_url"), f"{within}.image_url"))
        elif kind == "file":
            files.append(document(part.get("file"), f"{within}.file"))
        elif kind == "input_file":
            files.append(document(part, within))
        else:
            raise wrong(f"{within}.type", "one of text, image_url, file (in a response: input_text, input_image, input_file)")
    return "\n".join(texts), files


def _url_of(value: Any, name: str) -> str:
    url = value.get("url") if isinstance(value, dict) else value
    if not isinstance(url, str) or not url:
        raise wrong(name, "an address that begins with https:// or data:")
    return url


def image(url: str, name: str) -> TurnFile:
    if url.lower().startswith("https://"):  # the provider fetches it; this server doesn't
        return TurnFile("image", "image", "", 0, TOKENS_PER_IMAGE, bytes, url)
    kind, decoded = _decoded(url, name)
    if kind not in IMAGE_TYPES:
        raise wrong(name, f"an image of one of the types {', '.join(IMAGE_TYPES)}")
    return TurnFile("image", "image", kind, len(decoded), TOKENS_PER_IMAGE, partial(bytes, decoded))


def document(value: Any, name: str) -> TurnFile:
    given = value if isinstance(value, dict) else {}
    data = given.get("file_data")
    if not isinstance(data, str) or not data:
        raise wrong(name, "an object with “file_data”; files can’t be named by their id here")
    kind, decoded = _decoded(data, f"{name}.file_data")
    filename = given.get("filename")
    called = filename[:LONGEST_NAME] if isinstance(filename, str) and filename else "file"
    return TurnFile("document", called, kind, len(decoded), len(decoded) // BYTES_PER_TOKEN, partial(bytes, decoded))


def _decoded(url: str, name: str) -> tuple[str, bytes]:
    found = _DATA_URL.fullmatch(url)
    if found is None:
        raise wrong(name, "a data URL in Base64, such as data:image/png;base64,…")
    try:
        return found[1].lower(), base64.b64decode(found[2], validate=True)
    except (binascii.Error, ValueError):
        raise wrong(name, "a data URL in Base64, such as data:image/png;base64,…") from None
