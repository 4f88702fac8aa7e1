"""What is asked of a model that makes pictures, and what that will take. A reply that is to be pictures says so in its parameters."""

from __future__ import annotations

from typing import Any

from conversations.models import AttemptKind, Message, Purpose
from conversations.providers import picture_tokens
from conversations.providers.endpoint import Endpoint
from conversations.providers.errors import ProviderError
from conversations.providers.parts import Usage
from conversations.providers.request import Request, Turn, TurnFile, Wish
from conversations.usage.ledger.prices import Tokens
from conversations.usage.ledger.units import Units, picture_form

from . import attached
from .attached import Room, Said
from .left_out import LeftOut
from .whole_files import SEES

PARAMETER = "picture"
MASK_NAME = "mask.png"
_ALL = Room(1_000_000_000)


def stored(wish: Wish) -> dict[str, Any]:
    """As a reply's parameters keep it."""
    return {PARAMETER: wish._asdict()}


def is_wished(reply: Message) -> bool:
    """Whether pictures are its answer."""
    return PARAMETER in reply.parameters


def wish(reply: Message) -> Wish | None:
    """Which pictures are missing of it; None where its answer is text."""
    if not is_wished(reply):
        return None
    whole = whole_wish(reply)
    return whole._replace(number=max(0, whole.number - sum(part.get("type") == "image" for part in reply.parts)))


def whole_wish(reply: Message) -> Wish:
    """Which pictures are its answer, those that are there included."""
    return Wish(**reply.parameters[PARAMETER])


def are_all_made(reply: Message) -> bool:
    """Whether its answer is pictures, of which none is missing: what was interrupted after the last of them."""
    missing = wish(reply)
    return missing is not None and missing.number == 0


def purpose(reply: Message) -> Purpose:
    """What its attempts are for."""
    return Purpose.IMAGE if is_wished(reply) else Purpose.AUDIO if reply.is_spoken else Purpose.ANSWER


def kind(reply: Message) -> AttemptKind:
    """Of its attempts, as far as is known before its question is read."""
    return AttemptKind.PICTURES if is_wished(reply) else AttemptKind.TALK if reply.is_spoken else AttemptKind.TEXT


def question(reply: Message) -> Turn:
    """The message of which they are made, with its images. Reads the database."""
    asked = reply.parent
    assert asked is not None
    images = [part for part in asked.parts if part.get("type") == "image"]
    said = Said("user", asked.answer, images, attached.stored([images], reply.owner_id))
    return attached.turn(said, _ALL, SEES, LeftOut())


def request(reply: Message, endpoint: Endpoint, wish: Wish) -> Request:
    """The request to this endpoint. Raises ProviderError where its mask isn't there any more: without it, all would be made again."""
    asked = {"parameters": reply.parameters, "user": str(reply.owner_id), "wish": wish, "mask": _mask(reply, wish)}
    return Request(model=endpoint.model, system="", turns=[question(reply)], **asked)


def _mask(reply: Message, wish: Wish) -> TurnFile | None:
    if not wish.mask:
        return None
    part = {"type": "image", "file": wish.mask, "name": MASK_NAME}
    files = attached.turn(Said("user", "", [part], attached.stored([[part]], reply.owner_id)), _ALL, SEES, LeftOut()).files
    if not files:
        raise ProviderError("request", "The painted area of the picture was deleted.")
    return files[0]


def prompt_tokens(turn: Turn) -> int:
    """Estimated."""
    return attached.tokens(turn)


def expected_tokens(model: str, wish: Wish) -> int:
    """Of the output, estimated."""
    return wish.number * picture_tokens.estimated(model, wish.size, wish.quality)


def checked(usage: Usage | None, request: Request, prompt: int) -> tuple[Usage, bool]:
    """The usage, with an estimate for each side that the provider didn't tell, and whether there is one.

    What breaks off is made all the same, as far as is known, and charged for.
    """
    assert request.wish is not None
    read, written = (usage.input_tokens, usage.output_tokens) if usage is not None else (None, None)
    made = expected_tokens(request.model, request.wish)
    is_estimated = read is None or written is None
    return Usage(prompt if read is None else read, None, made if written is None else written, None), is_estimated


def units(wish: Wish, number: int) -> Units:
    """So many of these pictures."""
    return Units(pictures=number, picture_form=picture_form(wish.size, wish.quality))


def of_lost(reply: Message, wish: Wish, prompt: int | None) -> Tokens:
    """What pictures likely took whose process died."""
    made = expected_tokens(reply.model, wish)
    return Tokens(prompt, None, made, None, None, made)
