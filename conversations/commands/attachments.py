"""The files that a message is sent with. Synchronous."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from typing import Any

from django.conf import settings

from conversations.generation import fallbacks
from conversations.models import File, FileKind, FileState, Message, PromptVersion, SystemPrompt, User, switches
from conversations.models.files import attach
from conversations.providers.file_parts import AUDIO_FORMATS
from conversations.routing import hearing, offered, sight
from conversations.usage.ledger.token_estimate import tokens_read

from . import choice
from .refusals import Refused

MOST_NAMED = 5
"""Models."""


def taken(user: User, wanted: Sequence[uuid.UUID]) -> list[File]:
    """The user's files with these ids, each once, in this order. Raises Refused where one can't be sent."""
    if not wanted:
        return []
    keys, most = list(dict.fromkeys(wanted)), settings.FILES_PER_MESSAGE
    if len(keys) > most:
        if not most:
            raise Refused("invalid", switches.SWITCHES["files"].refusal)
        raise Refused("invalid", f"That message has {len(keys)} files, and at most {most} can be sent with one. Take some out.")
    found = {file.pk: file for file in File.objects.of(user).filter(pk__in=keys).defer("text")}
    files = [found[key] for key in keys if key in found]
    if len(files) < len(keys):
        raise _gone()
    for file in files:
        if file.state == FileState.READING:
            doing = "transcribed" if file.kind == FileKind.AUDIO else "read"
            raise Refused("invalid", f"“{file.name}” is still being {doing}. Send the message again in a moment.")
        if file.state != FileState.READY and not is_only_heard(file):
            raise Refused("invalid", f"“{file.name}” can’t be sent: {file.problem or 'it could not be read.'}")
    return files


def require_switched_on(prompt: SystemPrompt | None, files: Sequence[File]) -> None:
    """Raises Refused where these can't be sent with this prompt."""
    for name, those in (("files", files), ("images", [file for file in files if file.kind == FileKind.IMAGE])):
        if those and (refusal := switches.refusal(name, prompt)):
            raise Refused("invalid", f"{refusal} Remove {'it' if len(those) == 1 else 'them'} to send the message.")


def is_only_heard(file: File) -> bool:
    """Whether it has no transcript, and is of use to models that hear alone."""
    return file.state == FileState.NO_TEXT and file.content_type in AUDIO_FORMATS and bool(file.content)


def require_hearing(files: Sequence[File], model: str) -> None:
    """Raises Refused where one of them has no transcript, and the model doesn't hear."""
    unheard = next((file for file in files if is_only_heard(file)), None)
    if unheard is None or hearing.hears(model):
        return
    those = ", ".join(hearing.names()[:MOST_NAMED])
    advice = f"Choose a model that hears it: {those}." if those else "Take it out to send the message."
    raise Refused("invalid", f"“{unheard.name}” has no transcript. {unheard.problem} {advice}")


def hold(message: Message, files: Sequence[File]) -> None:
    """Note which files the message holds, which was just saved. Raises Refused where one was deleted meanwhile."""
    if not files:
        return
    try:
        attach(message, files)
    except File.DoesNotExist:
        raise _gone() from None


def held(message: Message) -> list[uuid.UUID]:
    """The ids of the files that a message holds, without those that its user deleted."""
    return [uuid.UUID(part["file"]) for part in message.parts if "file" in part and "deleted" not in part]


def recognised_tokens(file: File) -> int:
    """Of the text on an image, which models that don't see are given; 0 where there is none."""
    return tokens_read(file.text) if file.kind == FileKind.IMAGE and file.text else 0


def part(file: File) -> dict[str, Any]:
    """The part of a message that stands for the file."""
    about: dict[str, Any] = {"type": "file", "file": str(file.pk), "name": file.name}
    if file.kind == FileKind.IMAGE:
        recognised = {"recognised": tokens} if (tokens := recognised_tokens(file)) else {}
        return {**about, "type": "image", "width": file.width, "height": file.height, **recognised}
    return {**about, "content_type": file.content_type, "size": file.size}


def require_sight(prompt: SystemPrompt | None, version: PromptVersion | None, model: str) -> None:
    """Raises Refused where no provider's model of this name takes images, nor the one that answers in its place."""
    if fallbacks.sees(model, version.pk if version else None) is not False:
        return
    those = [name for name in (choice.models_of(prompt) if prompt else ()) if sight.sees(name)]
    name = model or offered.default() or "The model that answers here"
    others = f"{', '.join(those[:MOST_NAMED])}{' and others' if len(those) > MOST_NAMED else ''}"
    advice = f"Choose one that can: {others}." if those else "Take the image out to send the message."
    raise Refused("cannot_see", f"{name} can’t see images. {advice}")


def _gone() -> Refused:
    return Refused("invalid", "One of the files isn’t there any more. Take it out, and attach it again.")
