"""What it costs that answers begin with a text."""

from __future__ import annotations

from decimal import Decimal

from conversations.models import NANO
from conversations.routing import catalog
from conversations.usage.ledger import amounts, prices
from conversations.usage.ledger.prices import Tokens

ANSWERS = 1000


def of_answers(model: str, tokens: int) -> str:
    """What it costs to have so many answers begin with it, where the price is known. Cached prompts cost less."""
    cost = _nanodollars(model, tokens)
    return amounts.exact_dollars(Decimal(cost * ANSWERS) / NANO) if cost else ""


def token_dollars(model: str) -> float:
    """What a token of it costs; 0 where the price isn't known."""
    return _nanodollars(model, ANSWERS) / ANSWERS / NANO


def _nanodollars(model: str, tokens: int) -> int:
    for source in catalog.read().sources:
        if (offer := source.offer(model)) is not None:
            return prices.cost(Tokens(input=tokens), offer.upstream, source.base_url, source.price_list, offer.price) or 0
    return 0
