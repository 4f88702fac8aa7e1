"""A ledger of attempts for tests, at times of their own choosing."""

from __future__ import annotations

import random
from datetime import datetime, timedelta
from typing import Any

from conversations.models import ApiKey, Attempt, AttemptKind, PromptVersion, Provider, Purpose, SystemPrompt, User

OUTCOMES = ("ok", "ok", "ok", "ok", "stopped", "content_filter", "context", "rate_limit", "provider", "timeout", "interrupted")


def attempt(recorded: datetime, outcome: str = "ok", **columns: Any) -> Attempt:
    """A written attempt: an answer's first and final one, unless `columns` say otherwise."""
    given = {"number": 1, "final": True, "duration_ms": 1000, "started": recorded - timedelta(seconds=1), **columns}
    return Attempt.objects.create(recorded=recorded, outcome=outcome, **given)


def some(number: int, start: datetime, end: datetime, people: list[User], seed: int) -> list[Attempt]:
    """Written ones of every kind, at random."""
    dice = random.Random(seed)
    providers = [Provider.objects.create(name=name, base_url="https://a.example/v1") for name in ("One", "Two")]
    keys = [ApiKey.objects.create(provider=provider, label=label) for provider in providers for label in ("a", "b")]
    prompt = SystemPrompt.objects.create(slug="some", name="Some")
    versions = [prompt.publish(text=text) for text in ("first", "second")]
    return Attempt.objects.bulk_create(_one(dice, start, end, people, keys, versions) for _ in range(number))


def _one(
    dice: random.Random, start: datetime, end: datetime, people: list[User], keys: list[ApiKey], versions: list[PromptVersion]
) -> Attempt:
    number = dice.choice((0, 1, 1, 1, 2, 3))
    key = dice.choice([*keys, None]) if number else None
    outcome = dice.choice(OUTCOMES) if number else "unavailable"
    used = bool(number) and dice.random() < 0.8
    first = dice.choice((None, dice.randint(1, 20), dice.randint(20, 60_000))) if number else None
    recorded = start + (end - start) * dice.random()
    return Attempt(
        recorded=recorded,
        started=recorded,
        purpose=dice.choice((Purpose.ANSWER, Purpose.ANSWER, Purpose.TITLE)),
        owner=dice.choice([*people, None]),
        prompt_version=dice.choice([*versions, None]),
        provider=key.provider if key else None,
        key=key,
        model=dice.choice(("small", "large", "")),
        number=number,
        final=dice.random() < 0.8,
        outcome=outcome,
        first_token_ms=first,
        duration_ms=(first or 0) + dice.randint(0, 9000),
        input_tokens=dice.randint(0, 5000) if used else None,
        cached_tokens=dice.randint(0, 900) if used and dice.random() < 0.5 else None,
        output_tokens=dice.randint(0, 900) if used else None,
        reasoning_tokens=dice.randint(0, 90) if used and dice.random() < 0.5 else None,
        estimated=dice.random() < 0.2,
        cost=dice.choice((None, dice.randint(0, 10**9))),
        **(_units(dice) if used else {}),
    )


def _units(dice: random.Random) -> dict[str, Any]:
    return dice.choice(
        (
            {},
            {"kind": AttemptKind.FILES, "files": dice.randint(1, 9), "pages": dice.randint(0, 400)},
            {"kind": AttemptKind.PICTURES, "pictures": dice.randint(1, 4)},
            {"kind": AttemptKind.TRANSCRIPTS, "heard_ms": dice.randint(0, 10**7), "input_audio_tokens": dice.randint(0, 900)},
            {"kind": AttemptKind.SPEECH, "spoken_ms": dice.randint(0, 10**6), "spoken_characters": dice.randint(0, 900)},
        )
    )
