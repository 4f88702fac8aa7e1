"""Keys are added, replaced and disabled under load: without a restart, and without a lost answer."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from django.test import Client

from conversations.models import ApiKey, Provider, User
from conversations.providers.errors import ProviderError
from conversations.routing import catalog, keys, settings_rows
from tests.support.scripted_openai import Finish, Gate, Hold, Text
from tests.support.socket_client import Socket
from tests.support.two_providers import SECRETS, Providers, guarded

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.every_database]
NEW = "sk-near-new-0123456789"


async def test_a_key_is_replaced_in_mid_load(alice: User, providers: Providers, monkeypatch: pytest.MonkeyPatch) -> None:
    """As at a real provider: the old secret stops being accepted a moment after the new one was entered."""
    monkeypatch.setattr(catalog, "FRESH_SECONDS", 0.05)
    client = Client()
    await sync_to_async(client.force_login)(alice)
    statuses: list[str] = []
    enough = asyncio.Event()

    async def person() -> None:
        async with Socket(alice, client=client) as socket:
            while not enough.is_set():
                statuses.append((await socket.answer("Hello"))["status"])

    people = [asyncio.create_task(person()) for _ in range(5)]
    await _until(statuses, 10)
    await _replace("one", NEW)
    providers.near.answer_with = guarded(NEW, SECRETS[1])
    await _until(statuses, len(statuses) + 20)
    providers.near.answer_with = guarded(NEW, SECRETS[1], "sk-near-three-0123456789")  # before it is entered here, it is valid there
    added = ApiKey(provider=providers.near_row, label="three")
    await sync_to_async(added.take)("sk-near-three-0123456789")
    await sync_to_async(added.save)()
    await ApiKey.objects.filter(label="two").aupdate(enabled=False)
    providers.near.answer_with = guarded(NEW, "sk-near-three-0123456789")
    await _until(statuses, len(statuses) + 30)
    enough.set()
    await asyncio.gather(*people)
    assert set(statuses) == {"complete"}
    last = {request.headers["authorization"] for request in providers.near.streams[-40:]}
    assert last == {f"Bearer {NEW}", "Bearer sk-near-three-0123456789"}
    assert not await ApiKey.objects.filter(label="one", refused__isnull=False).aexists(), "The new secret is not blamed for the old one."


def test_a_secret_that_is_entered_while_the_old_one_is_blamed_is_not_to_blame(monkeypatch: pytest.MonkeyPatch) -> None:
    provider = Provider.objects.create(name="Near", base_url="http://127.0.0.1:1/v1")
    key = ApiKey(provider=provider, label="one")
    key.take(SECRETS[0])
    key.save()
    blamed = settings_rows.secret_of

    def entered_meanwhile(row: ApiKey, of: Provider) -> str:
        secret = blamed(row, of)
        key.take(NEW)
        key.save()
        return secret

    monkeypatch.setattr("conversations.routing.settings_rows.secret_of", entered_meanwhile)
    keys.refuse(key.pk, SECRETS[0], ProviderError("key", status=401))
    monkeypatch.undo()
    key.refresh_from_db()
    assert (key.secret, key.refused) == (NEW, None)
    keys.refuse(key.pk, SECRETS[0], ProviderError("key", status=401))  # of a question that was still on its way
    key.refresh_from_db()
    assert key.refused is None
    keys.refuse(key.pk, NEW, ProviderError("key", status=401))
    key.refresh_from_db()
    assert key.refused is not None


async def test_an_answer_that_runs_ends_with_the_key_it_began_with(alice: User, providers: Providers) -> None:
    gate = Gate()
    providers.near.script(Text("Half "), Hold(gate), Text("and half"), Finish())
    async with Socket(alice) as socket:
        accepted = await socket.send("Hello")
        await socket.until("delta")
        await ApiKey.objects.filter(provider=providers.near_row).aupdate(enabled=False)
        catalog.forget()
        gate.open()
        finished = await socket.until("finished", message=accepted["reply"])
        assert (finished["status"], socket.text(accepted["reply"])) == ("complete", "Half and half")


async def _replace(label: str, secret: str) -> None:
    key: Any = await ApiKey.objects.aget(label=label)
    await sync_to_async(key.take)(secret)
    await sync_to_async(key.save)()


async def _until(statuses: list[str], number: int) -> None:
    async with asyncio.timeout(30):
        while len(statuses) < number:  # noqa: ASYNC110  (the tasks count)
            await asyncio.sleep(0.01)
