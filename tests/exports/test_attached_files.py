"""Exports take the attached files along: each content once, under a name that harms nothing, and never whole in memory."""

from __future__ import annotations

import io
import json
import threading
import tracemalloc
import zipfile
from typing import Any

import pytest
from asgiref.sync import async_to_sync, sync_to_async
from django.core.files.base import ContentFile
from django.core.files.storage import InMemoryStorage
from django.test import Client

from conversations.exports import contents
from conversations.exports.file_names import safe
from conversations.files import stored
from conversations.models import ApiToken, Feedback, Thumb, User
from conversations.pages import export
from tests.support.files import PNG, stored_file
from tests.support.talks import Talk

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _connection_stays(monkeypatch: pytest.MonkeyPatch) -> None:
    """Channels' closes it behind each piece, which would end the test's transaction."""
    monkeypatch.setattr(export, "database_sync_to_async", sync_to_async)


@async_to_sync
async def unzipped(response: Any) -> dict[str, bytes]:
    assert (response.status_code, response["Content-Type"]) == (200, "application/zip")
    whole = io.BytesIO(b"".join([piece async for piece in response.streaming_content]))
    with zipfile.ZipFile(whole) as zipped:
        assert zipped.testzip() is None and len(set(zipped.namelist())) == len(zipped.namelist())
        return {name: zipped.read(name) for name in zipped.namelist()}


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("../../etc/passwd", "etc passwd"),
        ("C:\\aux.txt", "C aux.txt"),
        ("nul.txt", "_nul.txt"),
        ("a\u202egpj.exe", "a gpj.exe"),
        ("x" * 300 + ".pdf", "x" * 80 + ".pdf"),
        ("...", ""),
    ],
)
def test_names_are_safe(name: str, expected: str) -> None:
    assert safe(name) == expected


def test_a_conversation_comes_with_its_files(client: Client, alice: User, bob: User) -> None:
    talk = Talk(alice, "Cats [1]")
    cat, other = stored_file(alice, PNG, "a cat (1).png", kind="image", content_type="image/png"), stored_file(alice, b"2", "a cat (1).png")
    made = stored_file(alice, b"ours", "made.png", kind="image", original=ContentFile(b"as it came", "made"), original_type="image/png")
    lost = stored_file(alice, b"lost", "lost.txt")
    talk.show(cat, other)
    talk.show(cat, lost, made)
    stored.delete(lost.stored)
    stored_file(alice, b"draft", "draft.txt")
    address = f"/c/{talk.conversation.pk}/export/"
    client.force_login(bob)
    assert client.get(address, {"format": "files"}).status_code == 404
    client.force_login(alice)
    found = unzipped(client.get(address, {"format": "files"}, headers={"Accept-Encoding": "gzip"}))
    stem = f"{talk.at:%Y-%m-%d} Cats [1]"
    assert list(found) == [f"{stem}.md", f"{stem}.json", "files/a cat (1).png", "files/a cat (1) (2).png", "files/made.png"]
    assert [*found.values()][2:] == [PNG, b"2", b"as it came"]
    document = json.loads(found[f"{stem}.json"])
    assert document["files"][str(other.pk)] == "files/a cat (1) (2).png"
    assert {part["file"] for message in document["messages"] for part in message["parts"] if "file" in part} == set(document["files"])
    assert (
        "![a cat (1).png](files/a%20cat%20%281%29.png)\n- [lost.txt](files/lost.txt)\n![made.png](files/made.png)"
        in found[f"{stem}.md"].decode()
    )


def test_several_share_what_they_hold(client: Client, alice: User, monkeypatch: pytest.MonkeyPatch) -> None:
    file, first, second = stored_file(alice, b"shared", "shared.txt"), Talk(alice, "One"), Talk(alice, "Two")
    for talk in (first, second):
        talk.show(file)
    threads, opened = list[str](), InMemoryStorage.open

    def noting_its_thread(*arguments: Any) -> Any:
        threads.append(threading.current_thread().name.partition("_")[0])
        return opened(*arguments)

    monkeypatch.setattr(InMemoryStorage, "open", noting_its_thread)
    client.force_login(alice)
    ids = f"{first.conversation.pk},{second.conversation.pk}"
    found = unzipped(client.post("/conversations/export/", {"conversations": ids, "format": "files"}))
    assert [name for name in found if name.startswith("files/")] == ["files/shared.txt"]
    assert [len(json.loads(text)["files"]) for name, text in found.items() if name.endswith(".json")] == [1, 1]
    assert threads == ["storage"], "A bucket that doesn't answer would hold up the database's thread."


def test_an_account_is_taken_along_as_a_whole(client: Client, alice: User, bob: User) -> None:
    assert client.post("/accounts/export/").status_code == 302
    talk = Talk(alice, "Old")
    answer = talk.say("An answer", talk.show(stored_file(alice, b"1", "one.txt")))
    talk.conversation.archived = True
    talk.conversation.save()
    stored_file(alice, b"2", "draft.txt")
    Talk(bob, "Bob's").show(stored_file(bob, b"3", "secret.txt"))
    Feedback.objects.create(message=answer, user=alice, thumb=Thumb.UP)
    token = ApiToken(user=alice, name="Search", scopes=["chat"])
    secret = token.draw()
    token.save()
    client.force_login(alice)
    assert client.get("/accounts/export/").status_code == 405
    found = unzipped(client.post("/accounts/export/"))
    assert [name.rpartition(" ")[2] for name in found] == ["account.json", "Old.md", "Old.json", "files/one.txt", "files/draft.txt"]
    account = json.loads(found["account.json"])
    assert (account["account"]["username"], account["feedback"][0]["thumb"]) == ("alice", "up")
    assert account["account"]["api_tokens"][0]["name"] == "Search"
    everything = b"".join(found.values())
    assert secret.encode() not in everything and token.digest.encode() not in everything and alice.password.encode() not in everything


def test_a_large_file_is_never_whole_in_memory(alice: User) -> None:
    talk, file = Talk(alice), stored_file(alice, b"x" * 20_000_000, content_type="application/pdf")
    talk.show(file)
    size = 0
    tracemalloc.start()
    for step in contents.with_files([talk.conversation]):
        for piece in step.pieces:
            size += len(piece)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert size > 20_000_000 and peak < 3_000_000
