"""Pictures that an assistant draws amid an answer, because it is asked to in words: whether it may, and what they take."""

from __future__ import annotations

from typing import NamedTuple

from django.conf import settings

from conversations.files import quota
from conversations.models import Attempt, AttemptKind, Message, Purpose, switches
from conversations.models.message_content import length_of
from conversations.providers import picture_tokens
from conversations.providers.drawn import DrawnPictures
from conversations.providers.endpoint import Endpoint
from conversations.providers.parts import Usage
from conversations.providers.request import Drawing
from conversations.routing import drawing
from conversations.routing.sources import Offer, Source
from conversations.usage.budgets import reservations
from conversations.usage.budgets.used import Used
from conversations.usage.ledger import prices
from conversations.usage.ledger.prices import Price, Tokens
from conversations.usage.ledger.units import Units

ROOM_BYTES = 3 * 1024 * 1024
"""That must be left in the user's storage for a picture: one of 1536 × 1024 pixels as PNG, and our own encoding of it."""


class Maker(NamedTuple):
    """What makes the pictures, and whose prices count. `model` is "" where that is left to the provider."""

    model: str = ""
    upstream: str = ""
    base_url: str = ""
    price_list: str = ""
    price: Price | None = None

    @property
    def expected(self) -> Tokens:
        """Of one picture, estimated."""
        made = picture_tokens.estimated(self.upstream, "", "")
        return Tokens(0, None, made, None, None, made)

    def cost(self, tokens: Tokens) -> int | None:
        """Of one picture, in nanodollars; None where the price is unknown."""
        units = Units(pictures=1)
        return prices.cost(tokens, self.upstream, self.base_url, self.price_list, self.price, units) if self.upstream else None


def made_by(source: Source, drawing: Drawing) -> Maker:
    """What made the pictures that were drawn with this. Asks no database."""
    if not drawing.model:
        return Maker()
    offer = next((offer for offer in source.offers if offer.upstream == drawing.model), None)
    name, price = (offer.name, offer.price) if offer is not None else (drawing.model, None)
    return Maker(name, drawing.model, source.base_url, source.price_list, price)


def maker(endpoint: Endpoint) -> Maker:
    found = drawing.maker(endpoint)
    if found is None:
        return Maker()
    source, offer = found
    return Maker(offer.name, offer.upstream, source.base_url, source.price_list, offer.price)


def is_wished(reply: Message) -> bool:
    """Whether its assistant draws for its user. What programs ask for has no pictures, unless they show them."""
    version = reply.prompt_version
    is_shown = reply.token_id is None or bool(reply.asked.get("pictures"))
    return version is not None and is_shown and version.prompt.draws and not switches.refusal("pictures", version.prompt)


def of(reply: Message, endpoint: Endpoint, offer: Offer) -> Drawing | None:
    """How this model may draw amid the answer; None where it may not. Reads the database.

    An answer that has a picture is continued without the tool: it would be drawn, and paid for, once more.
    """
    if not is_wished(reply) or not offer.draws_amid(endpoint):
        return None
    made_by, standing = maker(endpoint), quota.standing(reply.owner_id)
    has_room = standing.allowed is None or standing.used + ROOM_BYTES <= standing.allowed
    is_refused = settings.UNPRICED_MODELS == "refuse" and made_by.cost(made_by.expected) is None
    cost, tokens = made_by.cost(made_by.expected), made_by.expected.output or 0
    is_paid_for = reservations.has_room(reply.owner_id, AttemptKind.PICTURES, Used(cost or 0, tokens, 1))
    return Drawing(made_by.upstream, may_begin=has_room and is_paid_for and not is_refused and not has_picture(reply))


def has_picture(reply: Message, said: int | None = None) -> bool:
    """Whether one is in it, or was when it said so many code points."""
    at = 0
    for part in reply.parts:
        if said is not None and at >= said:
            return False
        if part.get("type") == "image":
            return True
        at += length_of([part])
    return False


def ends_in_picture(reply: Message) -> bool:
    """Then there is nothing to continue: its words are whole, and what it would draw is there."""
    return bool(reply.parts) and reply.parts[-1].get("type") == "image"


def tokens_of(drawn: DrawnPictures) -> tuple[Tokens, bool]:
    """What pictures took beside the answer, and whether that is estimated."""
    if drawn.usage is None:
        return Tokens(None, None, drawn.expected_tokens, None, None, drawn.expected_tokens), True
    usage: Usage = drawn.usage
    return Tokens(usage.input_tokens, None, usage.output_tokens, None, *drawn.image_tokens), False


def uncounted(message: Message) -> int:
    """So many pictures of an answer whose process died that the ledger doesn't have. Reads the database."""
    made = sum(part.get("type") == "image" for part in message.parts)
    counted = Attempt.objects.filter(reply=message.pk, purpose=Purpose.IMAGE, output_tokens__isnull=False).count() if made else 0
    return max(0, made - counted)
