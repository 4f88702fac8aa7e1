"""What this process counts for Prometheus. Each process has its own numbers; Prometheus adds them up."""

from __future__ import annotations

from collections.abc import Iterable

from prometheus_client import CollectorRegistry, Counter, Histogram

from conversations.models import NANO, Purpose

from .finished_attempt import FinishedAttempt

REGISTRY = CollectorRegistry()

attempts = Counter("chatbot_attempts", "Attempts at a provider.", ["provider", "model", "purpose", "outcome"], registry=REGISTRY)
replies = Counter(
    "chatbot_replies",
    "Answers that ended, by what became of them and whether one attempt was enough.",
    ["outcome", "tries"],
    registry=REGISTRY,
)
tokens = Counter(
    "chatbot_tokens",
    "Tokens: cached ones are part of the input, reasoning is part of the output.",
    ["provider", "model", "kind"],
    registry=REGISTRY,
)
cost = Counter("chatbot_cost_dollars", "Of attempts whose price is known.", ["provider", "model"], registry=REGISTRY)
unpriced = Counter("chatbot_unpriced_attempts", "Attempts that took tokens at an unknown price.", ["provider", "model"], registry=REGISTRY)
first_token = Histogram(
    "chatbot_first_token_seconds",
    "From the request to the first token.",
    ["provider", "model"],
    buckets=(0.1, 0.25, 0.5, 1, 2, 3, 5, 8, 13, 21, 34, 55, 120),
    registry=REGISTRY,
)


def count(finished: Iterable[FinishedAttempt], purpose: Purpose) -> None:
    """Attempts that were written into the ledger."""
    for one in finished:
        where = (one.provider, one.model)
        if one.number:
            attempts.labels(*where, (one.purpose or purpose).value, one.outcome).inc()
        if one.final and purpose == Purpose.ANSWER:
            replies.labels(one.outcome, {0: "none", 1: "one"}.get(one.number, "several")).inc()
        if one.first_token_ms is not None:
            first_token.labels(*where).observe(one.first_token_ms / 1000)
        for kind, number in one.tokens._asdict().items():
            if number:
                tokens.labels(*where, kind).inc(number)
        if (price := one.cost) is not None:
            cost.labels(*where).inc(price / NANO)
        elif one.tokens.input is not None or one.tokens.output is not None:
            unpriced.labels(*where).inc()
