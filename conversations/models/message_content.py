"""What messages say, by their parts: to readers, to models and to searches."""

from __future__ import annotations

from typing import Any

COMPLETE = "complete"
"""`Status.COMPLETE`, which stands on this."""


def answer_of(message: Any) -> str:
    """What a message, or one of a migration's, says to the reader: text and refusals, with an empty line in place of a picture.

    Where a provider ended an answer that is reasoning alone, that is it.
    """
    said, is_apart = "", False
    for part in message.parts:
        if part.get("type") in ("text", "refusal"):
            said += f"\n\n{part['text']}" if said and is_apart else part["text"]
            is_apart = False
        elif part.get("type") == "image":
            is_apart = True
    if said or message.status != COMPLETE or message.finish_reason != "stop":
        return said
    return "".join(part["text"] for part in message.parts if part.get("type") == "reasoning")


def length_of(parts: list[dict[str, Any]]) -> int:
    """Code points of these parts. A picture that was made counts as 1: it is output, too."""
    return sum(len(part.get("text", "")) + ("alt" in part) for part in parts)


def text_of(parts: list[dict[str, Any]]) -> str:
    """Every text part, joined."""
    return "".join(part["text"] for part in parts if part.get("type") == "text")


def file_names(message: Any) -> list[str]:
    """Of the files that a message, or one of a migration's, holds."""
    return [str(part.get("name", "")) for part in message.parts if "file" in part]


def found_by(message: Any) -> str:
    """What a message, or one of a migration's, is found by: the names of its files, and what it says."""
    return "\n".join([*file_names(message), answer_of(message)])


def described(message: Any) -> str:
    """What it says, and before that in brackets the names of its files."""
    return "\n\n".join(filter(None, [*(f"[{name}]" for name in file_names(message)), answer_of(message)]))


def shows_images(message: Any) -> bool:
    """Whether there is a message, and an image in it that only a model that sees makes something of."""
    return message is not None and any(part.get("type") == "image" and not part.get("recognised") for part in message.parts)


def picture_part(file: Any, alt: str) -> dict[str, Any]:
    """Of a picture that was made, which is what `alt` tells."""
    return {"type": "image", "file": str(file.pk), "name": file.name, "width": file.width, "height": file.height, "alt": alt}


def text_part(text: str) -> dict[str, Any]:
    return {"type": "text", "text": text}
