"""Two scripted providers and three keys, as an administrator would add them: the near one has two keys and is preferred."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass

from asgiref.sync import sync_to_async

from conversations.models import ApiKey, Attempt, Model, Provider
from conversations.providers import clients
from conversations.routing import catalog
from tests.conftest import title_if_asked

from .idle import stop_all
from .scripted_openai import Answer, Request, ScriptedOpenAI, failure

MODEL = "the-model"
SECRETS = ("sk-near-one-0123456789", "sk-near-two-0123456789", "sk-far-0123456789")


@dataclass
class Providers:
    near: ScriptedOpenAI
    far: ScriptedOpenAI
    near_row: Provider
    far_row: Provider
    keys: tuple[ApiKey, ApiKey, ApiKey]

    @property
    def asked(self) -> tuple[int, int]:
        """How many requests for answers each got, titles left out."""
        return _answers(self.near), _answers(self.far)

    async def ledger(self) -> list[tuple[str, str, int, str, bool]]:
        """Provider, key, number, outcome and whether it was the last attempt: of answers, in their order."""
        rows = Attempt.objects.filter(purpose="answer").select_related("provider", "key").order_by("id")
        return [
            (row.provider.name if row.provider else "", row.key.label if row.key else "", row.number, row.outcome, row.final)
            async for row in rows
        ]


def _answers(server: ScriptedOpenAI) -> int:
    return sum(title_if_asked(request) is None for request in server.streams)


def guarded(*secrets: str, then: Callable[[Request], Answer | None] = title_if_asked) -> Callable[[Request], Answer | None]:
    """Answers as scripted to clients that have one of these keys."""
    welcome = {f"Bearer {secret}" for secret in secrets}

    def answer(request: Request) -> Answer | None:
        if request.headers.get("authorization") not in welcome:
            return failure(401, "Incorrect API key provided.", code="invalid_api_key")
        return then(request)

    return answer


@asynccontextmanager
async def two_providers() -> AsyncIterator[Providers]:
    async with AsyncExitStack() as stack:
        near, far = [await stack.enter_async_context(ScriptedOpenAI()) for _ in range(2)]
        near.answer_with, far.answer_with = guarded(*SECRETS[:2]), guarded(SECRETS[2])
        yield await sync_to_async(_stored)(near, far)
        await stop_all()
        await clients.close_all()


def _stored(near: ScriptedOpenAI, far: ScriptedOpenAI) -> Providers:
    rows = [
        Provider.objects.create(name=name, base_url=server.base_url, priority=priority, default_model=MODEL)
        for name, server, priority in (("Near", near, 1), ("Far", far, 2))
    ]
    for row in rows:
        Model.objects.create(provider=row, name=MODEL, input_price=1, output_price=2)
    made = []
    for row, label, secret in zip([rows[0], rows[0], rows[1]], ["one", "two", "only"], SECRETS, strict=True):
        key = ApiKey(provider=row, label=label)
        key.take(secret)
        key.save()
        made.append(key)
    catalog.forget()
    return Providers(near, far, rows[0], rows[1], (made[0], made[1], made[2]))
