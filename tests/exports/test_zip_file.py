"""Several conversations come in one zip file: only the user's own, each under a name of its own, and never whole in memory."""

from __future__ import annotations

import io
import tracemalloc
import uuid
import zipfile
from collections.abc import Iterator
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from django.test import AsyncClient
from django.utils import timezone

from conversations.exports import contents
from conversations.models import Conversation, Message, Role, User, text_part


def talk(owner: User, title: str, text: str) -> Conversation:
    made = Conversation.objects.create(owner=owner, title=title, updated=timezone.now().replace(year=2026, month=11, day=26))
    made.leaf = Message.objects.create(conversation=made, owner=owner, role=Role.USER, parts=[text_part(text)])
    made.save()
    return made


def test_documents_pass_through_and_names_differ(monkeypatch: pytest.MonkeyPatch) -> None:
    piece = "Grüße, ".encode() * 20_000

    def document(conversation: Conversation) -> Iterator[bytes]:
        for number in range(100):
            yield b"%d" % number + piece

    titles = ["Ärger", "Ärger", "ärger", "Ärger (2)"]
    conversations = [Conversation(title=title, updated=timezone.now().replace(year=2026, month=11, day=26)) for title in titles]
    monkeypatch.setattr(contents, "_document", lambda wanted, conversation, paths: document(conversation))
    taken, size = [], 0
    tracemalloc.start()
    for step in contents.documents("markdown", iter(conversations)):
        for part in step.pieces:
            taken.append(part)
            size += len(part)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak - size < 2_000_000  # of 56 MB
    with zipfile.ZipFile(io.BytesIO(b"".join(taken))) as zipped:
        assert zipped.testzip() is None
        names = zipped.namelist()
        assert names[:2] == ["2026-11-26 Ärger.md", "2026-11-26 Ärger (2).md"]
        assert len({name.casefold() for name in names}) == 4
        assert zipped.read(names[3]) == b"".join(document(conversations[3]))


@pytest.mark.django_db(transaction=True)
async def test_only_the_users_own_are_in_it(async_client: AsyncClient, alice: User, bob: User) -> None:
    bees, ants = await sync_to_async(talk)(alice, "Bees", "About bees"), await sync_to_async(talk)(alice, "Ants", "About ants")
    theirs = await sync_to_async(talk)(bob, "Bob's", "For Bob only")
    gone = uuid.uuid4()

    async def asked(ids: list[Any], wanted: str = "markdown") -> Any:
        return await async_client.post("/conversations/export/", {"conversations": ",".join(map(str, ids)), "format": wanted})

    async def documents(response: Any) -> dict[str, bytes]:
        whole = io.BytesIO(b"".join([part async for part in response.streaming_content]))
        with zipfile.ZipFile(whole) as zipped:
            return {name: zipped.read(name) for name in zipped.namelist()}

    assert (await asked([bees.pk])).status_code == 401
    await async_client.aforce_login(alice)
    response = await asked([bees.pk, theirs.pk, gone, ants.pk])
    assert response.headers["Content-Type"] == "application/zip"
    found = await documents(response)
    assert list(found) == ["2026-11-26 Bees.md", "2026-11-26 Ants.md"]
    assert b"About bees" in found["2026-11-26 Bees.md"]
    assert b'"role":"user"' in (await documents(await asked([bees.pk], "json")))["2026-11-26 Bees.json"]
    for ids, wanted, status in (([theirs.pk], "json", 404), (["x"], "json", 404), ([bees.pk], "exe", 404), ([gone] * 5_001, "json", 400)):
        assert (await asked(ids, wanted)).status_code == status
