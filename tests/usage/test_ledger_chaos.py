"""A fifth of all requests fail in every way. Users hardly notice, and the ledger has each request as the provider saw it."""

from __future__ import annotations

import asyncio
import random
from collections import Counter
from typing import Any

import pytest

from conversations.models import Attempt, Message, User
from conversations.providers import retries
from conversations.routing import open_circuit
from tests.conftest import title_if_asked
from tests.support.scripted_openai import Answer, Finish, Hangup, Raw, Request, Reset, Text, failure
from tests.support.socket_client import Socket
from tests.support.two_providers import SECRETS, Providers, guarded

pytestmark = pytest.mark.django_db(transaction=True)

REPLIES, AT_ONCE, SHARE_OF_FAULTS = 500, 20, 0.2
FAULTS: list[tuple[str, Answer]] = [
    ("provider", failure(500, "Ouch")),
    ("provider", failure(503, "Busy", headers={"retry-after": "0.01"})),
    ("provider", Answer(status=502, body="<html><title>Bad Gateway</title></html>")),
    ("rate_limit", failure(429, "Slow down", headers={"retry-after": "0.05"})),
    ("network", Answer(before_headers=(Reset(),))),
    ("network", Answer(before_headers=(Hangup(),))),
    ("interrupted", Answer(steps=(Hangup(),))),
    ("interrupted", Answer(steps=())),
    ("provider", Answer(steps=(Raw(b"data: {oops\n\n"),))),
]
LONG = "word " * 12


class Chaos:
    """What the providers did, to be compared with what the ledger says: by provider and key."""

    def __init__(self, seed: int) -> None:
        self._random = random.Random(seed)
        self.outcomes: Counter[tuple[str, str, str]] = Counter()

    def at(self, provider: str, *secrets: str) -> Any:
        def answer(request: Request) -> Answer:
            if (title := title_if_asked(request)) is not None:
                return title
            kind, what = "ok", Answer(steps=(Text("An "), Text("answer"), Finish()))
            if self._random.random() < SHARE_OF_FAULTS:
                kind, what = self._random.choice(FAULTS)
            self.outcomes[provider, request.headers["authorization"], kind] += 1
            return what

        return guarded(*secrets, then=answer)


async def test_the_ledger_has_every_request_and_people_hardly_a_failure(providers: Providers, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(open_circuit, "FIRST_BREAK_SECONDS", 0.05)
    monkeypatch.setattr(retries, "FIRST_PAUSE_SECONDS", 0.02)
    monkeypatch.setattr(retries, "COOL_DOWN_SECONDS", {"rate_limit": 0.05, "quota": 600.0})
    chaos = Chaos(seed=4)
    providers.near.answer_with = chaos.at("Near", *SECRETS[:2])
    providers.far.answer_with = chaos.at("Far", SECRETS[2])
    users = await User.objects.abulk_create([User(username=f"user{number}") for number in range(AT_ONCE)])

    async def ask(user: User) -> list[dict[str, Any]]:
        async with Socket(user) as socket:
            return [await socket.answer(LONG) for _ in range(REPLIES // AT_ONCE)]

    finished = [frame for frames in await asyncio.gather(*map(ask, users)) for frame in frames]
    assert len(finished) == REPLIES

    seen = Counter(frame["status"] for frame in finished)
    assert seen["complete"] / REPLIES >= 0.995, seen

    labels = {f"Bearer {secret}": key.label for secret, key in zip(SECRETS, providers.keys, strict=True)}
    by_provider = Counter({(name, labels[bearer], kind): number for (name, bearer, kind), number in chaos.outcomes.items()})
    rows = [row async for row in Attempt.objects.filter(purpose="answer").select_related("provider", "key").order_by("reply", "id")]
    tried = [row for row in rows if row.number]
    assert Counter((row.provider.name, row.key.label, row.outcome) for row in tried) == by_provider
    assert len(tried) == sum(providers.asked)

    finals = [row for row in rows if row.final]
    assert len({row.reply_id for row in finals}) == len(finals) == REPLIES, "Each reply has exactly one last try."
    status = {pk: status async for pk, status in Message.objects.filter(role="assistant").values_list("pk", "status")}
    assert all((row.outcome == "ok") == (status[row.reply_id] == "complete") for row in finals)
    needed = [row for row in finals if row.number != 1]
    assert len(needed) > REPLIES * SHARE_OF_FAULTS / 2
    assert sum(row.outcome == "ok" for row in needed) / len(needed) > 0.97, "Most of those that failed at first were saved."
    for reply, numbers in _numbers(rows).items():
        assert numbers == [*range(1, len(numbers) + 1)], reply


def _numbers(rows: list[Attempt]) -> dict[Any, list[int]]:
    numbers: dict[Any, list[int]] = {}
    for row in rows:
        if row.number:
            numbers.setdefault(row.reply_id, []).append(row.number)
    return numbers
