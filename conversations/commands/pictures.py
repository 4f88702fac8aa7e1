"""Pictures that a user has made in a conversation: which models make them, and what may be wished. Synchronous."""

from __future__ import annotations

import re
import uuid
from typing import Any

from conversations.files import quota
from conversations.files.refusal import FileRefused
from conversations.generation import pictures
from conversations.models import Conversation, File, FileKind, Message, SystemPrompt, User, switches
from conversations.providers import images, picture_tokens
from conversations.providers.request import Wish
from conversations.routing import catalog, drawing
from conversations.usage.ledger import prices
from conversations.usage.ledger.prices import Tokens
from conversations.usage.ledger.units import Units, picture_form

from . import attachments
from .choice import Asked
from .refusals import Refused

SIZES = ("1024x1024", "1536x1024", "1024x1536")
QUALITIES = ("low", "medium", "high")
BACKGROUNDS = ("opaque", "transparent")
MOST = 4
"""Pictures of one message."""
ROOM_BYTES_PER_PIXEL = 2
"""That must be left in the user's storage: a photograph as PNG takes about as much, with our own encoding of it."""
_SIZE = re.compile(r"[1-9]\d{2,3}x[1-9]\d{2,3}")


def offers() -> list[dict[str, Any]]:
    """Which models users can have pictures made by, with what can be wished of them and what one costs, where that is known."""
    if switches.refusal("pictures"):
        return []
    return [_offer(name) for name in drawing.names()]


def asked(conversation: Conversation, prompt: SystemPrompt | None, question: Message, given: dict[str, Any]) -> Asked:
    """What the reply is asked with. The model that was chosen for answers stays as it is. Raises Refused."""
    models = drawing.names()
    if not models or switches.refusal("pictures", prompt):
        raise Refused("invalid", switches.SWITCHES["pictures"].refusal)
    if not question.answer.strip():
        raise Refused("invalid", "Write what the picture is to show.")
    if len(question.answer) > images.LONGEST_PROMPT:
        raise Refused("too_large", f"A picture can be made of at most {images.LONGEST_PROMPT:,} characters. Shorten the message.")
    model = str(given.get("model") or models[0])
    if model not in models:
        raise Refused("invalid", f"“{model[:100]}” makes no pictures here. Choose another model.")
    wish = _wish(_is_gpt_image(model), given)
    if wish.mask:
        _require_fit(question, wish.mask)
    try:
        quota.require(conversation.owner_id, wish.number * _room_bytes(wish.size))
    except FileRefused as refused:
        raise Refused("limit", refused.detail) from None
    return Asked(model, pictures.stored(wish))


def mask(user: User, given: dict[str, Any] | None) -> list[File]:
    """The image that says which part of a picture is to be made again, to be held with the others. Raises Refused."""
    if not given or not given.get("mask"):
        return []
    try:
        wanted = uuid.UUID(str(given["mask"]))
    except ValueError:
        raise Refused("invalid", "The painted area is no file.") from None
    return attachments.taken(user, [wanted])


def _require_fit(question: Message, mask: str) -> None:
    """The painted area belongs to the first picture of the message."""
    painted = File.objects.filter(pk=mask, owner=question.owner_id, kind=FileKind.IMAGE).only("width", "height").first()
    first = next((part for part in question.parts if part.get("type") == "image"), None)
    if painted is None or first is None or (painted.width, painted.height) != (first.get("width"), first.get("height")):
        raise Refused("invalid", "The painted area doesn’t fit the picture. Paint it again, or have the whole picture changed.")


def wished_again(reply: Message) -> dict[str, Any] | None:
    """The same as was wished of this reply, where that was pictures."""
    if not pictures.is_wished(reply):
        return None
    wished = {**reply.parameters[pictures.PARAMETER]}
    return {**wished, "model": reply.model} if reply.model in drawing.names() else wished


def _wish(is_gpt_image: bool, given: dict[str, Any]) -> Wish:
    number = given.get("number") or 1
    if isinstance(number, bool) or not isinstance(number, int) or not 1 <= number <= MOST:
        raise Refused("invalid", f"1 to {MOST} pictures can be made at once.")
    size = str(given.get("size") or "")
    if size and not _SIZE.fullmatch(size):
        raise Refused("invalid", "A picture’s size is written as 1536x1024.")
    mask = str(given.get("mask") or "")
    if not is_gpt_image and mask:
        raise Refused("invalid", "This model changes only whole pictures. Choose another one, or take the painted area out.")
    if not is_gpt_image:
        return Wish(number, size)
    return Wish(number, size, _one_of(QUALITIES, given, "quality"), _one_of(BACKGROUNDS, given, "background"), mask)


def _room_bytes(size: str) -> int:
    """For one picture. A size that is left to the model is taken to be one of the larger ones."""
    width, _, height = (size or SIZES[-1]).partition("x")
    return int(width) * int(height) * ROOM_BYTES_PER_PIXEL


def _one_of(words: tuple[str, ...], given: dict[str, Any], name: str) -> str:
    word = str(given.get(name) or "")
    if word and word not in words:
        raise Refused("invalid", f"“{word[:40]}” can’t be wished as {name}: {', '.join(words)}.")
    return word


def _offer(model: str) -> dict[str, Any]:
    is_gpt_image = _is_gpt_image(model)
    return {
        "model": model,
        "sizes": SIZES,
        "qualities": QUALITIES if is_gpt_image else (),
        "backgrounds": BACKGROUNDS if is_gpt_image else (),
        "most": MOST,
        "masks": is_gpt_image,
        "prices": _prices(model, QUALITIES if is_gpt_image else ("",)),
    }


def _is_gpt_image(model: str) -> bool:
    return any(images.is_gpt_image(offer.upstream) for source in catalog.read().sources if (offer := source.offer(model)) is not None)


def _prices(model: str, qualities: tuple[str, ...]) -> dict[str, float]:
    """About how many US dollars one picture costs at the first provider, by size and quality with a blank between.

    Where no quality can be wished, only a price of pictures is known before: what tokens it takes isn't.
    """
    source = next(source for source in catalog.read().sources if source.offer(model) is not None)
    offer = source.offer(model)
    assert offer is not None
    known: dict[str, float] = {}
    for size in SIZES:
        for quality in qualities:
            made = picture_tokens.estimated(offer.upstream, size, quality)
            tokens = Tokens(input=0, output=made, made_images=made) if quality else Tokens()
            units = Units(pictures=1, picture_form=picture_form(size, quality))
            cost = prices.cost(tokens, offer.upstream, source.base_url, source.price_list, offer.price, units)
            if cost is not None:
                known[f"{size} {quality}".strip()] = round(cost / 1_000_000_000, 3)
    return known
