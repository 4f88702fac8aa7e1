"""The attempts at the demo's answers: retries, failovers, and one bad afternoon."""

from __future__ import annotations

import math
import random
import uuid
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from conversations.models import OK, ApiKey, Purpose

from .people import PRICES, Cast
from .rhythm import id_at

BAD_AFTERNOON = (timedelta(days=9), timedelta(hours=3, minutes=20))
"""How long before the end it began (on that day at one o'clock), and how long it took."""
CAUSES = {
    "provider": (503, "503: The server is overloaded or not ready yet."),
    "timeout": (None, "No token within 120 seconds."),
    "rate_limit": (429, "429: Rate limit reached for requests per minute."),
    "network": (None, "Connection reset by peer."),
    "interrupted": (None, "The stream ended before the answer was complete."),
    "content_filter": (400, "The response was filtered."),
    "context": (400, "This model's maximum context length is 272000 tokens."),
    "key": (401, "401: Incorrect API key provided. It may have been revoked."),
}
RETRIED = ("provider", "timeout", "rate_limit", "network", "key")
SPEEDS = {"gpt-5": (900, 68), "gpt-5-mini": (480, 118), "qwen3-32b": (260, 41)}
"""Milliseconds to the first token and tokens per second, in the middle."""
MAX_ATTEMPTS = 3
Ends = tuple[tuple[str, float], ...]
ENDS: Ends = (
    ("ok", 0.9555), ("stopped", 0.016), ("rate_limit", 0.011), ("provider", 0.006), ("timeout", 0.0045), ("network", 0.003),
    ("interrupted", 0.0015), ("content_filter", 0.0015), ("context", 0.001),
)  # fmt: skip
DURING_OUTAGE: Ends = (("ok", 0.17), ("provider", 0.61), ("timeout", 0.22))
OVERRUN: Ends = (("ok", 0.70), ("provider", 0.20), ("rate_limit", 0.10))
"""The machine room, with the traffic of both providers."""
AT_NOON: Ends = (("ok", 0.93), ("rate_limit", 0.055), ("stopped", 0.015))


class Request(NamedTuple):
    """One question, or the request for a title."""

    at: datetime
    owner: uuid.UUID
    version: uuid.UUID
    model: str
    input_tokens: int
    output_tokens: int
    reply: uuid.UUID | None
    purpose: str = Purpose.ANSWER


class Traffic:
    def __init__(self, cast: Cast, now: datetime, rng: random.Random) -> None:
        self.cast, self.now, self.rng = cast, now, rng
        began = (now - BAD_AFTERNOON[0]).replace(hour=13, minute=5)
        self.bad = (began, began + BAD_AFTERNOON[1])
        self._choices = {
            ends: ([end for end, _ in ends], [chance for _, chance in ends]) for ends in (ENDS, DURING_OUTAGE, OVERRUN, AT_NOON)
        }

    def attempts(self, request: Request) -> list[dict[str, Any]]:
        """The attempts at one answer, as rows, the last one final."""
        rows: list[dict[str, Any]] = []
        at, key = request.at, self._first_key(request)
        for number in range(1, MAX_ATTEMPTS + 1):
            outcome = self._outcome(key, at)
            row = self._row(request, at, key, number, outcome)
            rows.append(row)
            if outcome not in RETRIED:
                break
            at = row["recorded"] + timedelta(milliseconds=300 * 2**number)
            if outcome != "rate_limit" or number > 1:
                key = self.cast.own_key if key.pk != self.cast.own_key.pk else self.cast.team_key
        rows[-1]["final"] = True
        return rows

    def _first_key(self, request: Request) -> ApiKey:
        if request.model == "qwen3-32b":
            return self.cast.own_key
        return self.cast.research_key if request.model == "gpt-5" and self.rng.random() < 0.4 else self.cast.team_key

    def _outcome(self, key: ApiKey, at: datetime) -> str:
        if key.refused and at >= key.refused:
            return "key" if self.rng.random() < 0.35 else OK
        ends = ENDS
        if key.pk != self.cast.own_key.pk:
            if self.bad[0] <= at < self.bad[1]:
                ends = DURING_OUTAGE
            elif at.hour in (10, 14) and at.weekday() < 5 and key.pk == self.cast.team_key.pk:
                ends = AT_NOON
        elif self.bad[0] <= at < self.bad[1]:
            ends = OVERRUN
        return self.rng.choices(*self._choices[ends])[0]

    def _row(self, request: Request, at: datetime, key: ApiKey, number: int, outcome: str) -> dict[str, Any]:
        rng = self.rng
        model = "qwen3-32b" if key.pk == self.cast.own_key.pk else request.model
        middle, speed = SPEEDS[model]
        first = last = None
        share = {OK: 1.0, "stopped": rng.random(), "interrupted": rng.random()}.get(outcome, 0.0)
        duration = int(rng.lognormvariate(7, 0.7)) if outcome != "timeout" else 120_000
        if share:
            first = max(60, int(middle * self._load(at) * rng.lognormvariate(0, 0.38) * (1 + request.input_tokens / 40_000)))
            last = max(1, int(request.output_tokens * share))
            duration = first + int(1000 * last / (speed * rng.lognormvariate(0, 0.16)))
        status, cause = CAUSES.get(outcome, (200, ""))
        recorded = min(at + timedelta(milliseconds=duration), self.now)
        row = {
            "id": id_at(recorded, rng),
            "recorded": recorded,
            "purpose": request.purpose,
            "reply_id": request.reply,
            "owner_id": request.owner,
            "prompt_version_id": request.version,
            "provider_id": key.provider_id,
            "key_id": key.pk,
            "model": model,
            "number": number,
            "final": False,
            "outcome": outcome,
            "cause": cause,
            "status": status,
            "retry_after": 2.0 if outcome == "rate_limit" else None,
            "started": at,
            "first_token_ms": first,
            "duration_ms": duration,
        }
        if last is not None:
            row |= self._usage(request, model, last, known=outcome == OK)
        return row

    def _load(self, at: datetime) -> float:
        """How much slower it is than at night; some weeks are busier than others, and the bad afternoon is worst."""
        if self.bad[0] <= at < self.bad[1]:
            return 2.6
        wave = math.sin(at.toordinal() / 2.3) + math.sin(at.toordinal() / 5.1)
        return 0.85 + 0.3 * (9 <= at.hour < 18) + 0.09 * wave

    def _usage(self, request: Request, model: str, visible_tokens: int, *, known: bool) -> dict[str, Any]:
        cached = int(request.input_tokens * 0.9) // 128 * 128 if request.input_tokens > 1024 and self.rng.random() < 0.72 else 0
        reasoning = int(visible_tokens * self.rng.uniform(0.1, 0.5)) if model == "gpt-5" else 0
        output, price = visible_tokens + reasoning, PRICES[model]
        cost = None
        if price:  # dollars per million tokens are thousands of nanodollars per token
            cost = round(1000 * (price[0] * (request.input_tokens - cached) + price[1] * cached + price[2] * output))
        usage = {
            "input_tokens": request.input_tokens,
            "output_tokens": output,
            "cost": cost,
            "characters": visible_tokens * 4,
            "estimated": not known,
        }
        return usage | ({"cached_tokens": cached, "reasoning_tokens": reasoning} if known else {})
