"""Files are uploaded by their owner and given out to those who may see them, in a way in which nothing that was uploaded runs."""

from __future__ import annotations

import hashlib
import threading
from typing import Any

import pytest
from asgiref.sync import async_to_sync
from django.contrib.admin.models import LogEntry
from django.core.files.base import ContentFile
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from conversations.files import stored
from conversations.models import File, Upload, User, attach
from conversations.pages.urls import urlpatterns
from tests.support.files import PNG, stored_file
from tests.support.talks import Talk

pytestmark = pytest.mark.django_db


@pytest.fixture
def signed_in(client: Client, alice: User) -> Client:
    client.force_login(alice)
    return client


def post(client: Client, content: bytes, name: str = "words.txt") -> Any:
    return client.post("/files/", {"file": SimpleUploadedFile(name, content)})


@async_to_sync
async def content_of(response: Any) -> bytes:
    return b"".join([piece async for piece in response.streaming_content])


def test_a_document_is_read_and_told_of(signed_in: Client, alice: User) -> None:
    response = post(signed_in, b"Newts regrow legs", "C:\\papers\\newts\u202e.txt")
    assert response.status_code == 201
    told = response.json()
    file = File.objects.get(pk=told["id"])
    assert (file.owner, file.text, file.digest) == (alice, "Newts regrow legs", hashlib.sha256(b"Newts regrow legs").hexdigest())
    assert {key: told[key] for key in ("name", "kind", "content_type", "size", "state", "problem", "thumbnail")} == {
        "name": "newts.txt", "kind": "document", "content_type": "text/plain", "size": 17, "state": "ready", "problem": "", "thumbnail": None,
    }  # fmt: skip
    assert told["tokens"] > 0
    assert signed_in.get(reverse("file_state", args=[file.pk])).json() == told


def test_a_form_may_say_the_name_by_itself(signed_in: Client, alice: User) -> None:
    """Browsers write quotation marks in that of a file as %22."""
    sent = SimpleUploadedFile("picked %22by hand%22.txt", b"Newts")
    assert signed_in.post("/files/", {"name": 'C:\\picked "by hand".txt', "file": sent}).json()["name"] == 'picked "by hand".txt'


def test_the_same_file_twice_is_stored_once(signed_in: Client) -> None:
    first, second = post(signed_in, b"Same").json(), post(signed_in, b"Same", "other.txt").json()
    assert first["id"] == second["id"]
    assert File.objects.count() == 1


@pytest.mark.parametrize(
    ("content", "status", "code"),
    [(b"", 422, "empty"), (b"\xff\x00\xfe", 422, "unreadable"), (b"x" * (1024 * 1024 + 1), 413, "too_large")],
    ids=["empty", "unreadable", "too large"],
)
def test_what_is_refused_is_told_in_words_and_not_kept(signed_in: Client, settings: Any, content: bytes, status: int, code: str) -> None:
    settings.FILE_MAX_MB = 1
    response = post(signed_in, content)
    assert (response.status_code, response.json()["code"]) == (status, code)
    assert response.json()["error"].endswith(".")
    assert not File.objects.exists()


def test_a_form_without_a_file_is_refused(signed_in: Client) -> None:
    assert signed_in.post("/files/", {"file": "words"}).status_code == 400


def test_a_document_is_never_shown_by_the_browser(signed_in: Client, alice: User) -> None:
    file = stored_file(alice, b"<script>alert(1)</script>", "a \u201cpage\u201d.html", content_type="text/html")
    response = signed_in.get(reverse("file", args=[file.pk]), headers={"Accept-Encoding": "gzip"})
    assert content_of(response) == b"<script>alert(1)</script>"
    assert response["Content-Disposition"].startswith("attachment; filename*=utf-8''a%20%E2%80%9Cpage")
    assert response["X-Content-Type-Options"] == "nosniff"
    assert response["Content-Security-Policy"] == "sandbox; default-src 'none'"
    assert response["Cross-Origin-Resource-Policy"] == "same-origin"
    assert {"private", "immutable"} <= set(response["Cache-Control"].split(", "))
    assert "Content-Encoding" not in response


def test_our_own_images_are_shown_and_saved_when_asked(signed_in: Client, alice: User) -> None:
    file = stored_file(alice, PNG, "a.png", content_type="image/png", kind="image")
    shown = signed_in.get(reverse("file", args=[file.pk]))
    assert shown["Content-Disposition"].startswith("inline")
    assert signed_in.get(reverse("file", args=[file.pk]), {"download": ""})["Content-Disposition"].startswith("attachment")
    svg = stored_file(alice, b"<svg/>", "a.svg", content_type="image/svg+xml", kind="image")
    assert signed_in.get(reverse("file", args=[svg.pk]))["Content-Disposition"].startswith("attachment")
    again = signed_in.get(reverse("file", args=[file.pk]), headers={"If-None-Match": shown["ETag"]})
    assert again.status_code == 304


@pytest.mark.parametrize(
    ("asked", "status", "content", "told"),
    [
        ("bytes=2-4", 206, b"cde", "bytes 2-4/8"),
        ("bytes=5-", 206, b"fgh", "bytes 5-7/8"),
        ("bytes=-3", 206, b"fgh", "bytes 5-7/8"),
        ("bytes=6-100", 206, b"gh", "bytes 6-7/8"),
        ("bytes=0-", 200, b"abcdefgh", None),
        ("bytes=-100", 200, b"abcdefgh", None),
        ("bytes=0-1,3-4", 200, b"abcdefgh", None),
        ("lines=1-2", 200, b"abcdefgh", None),
        ("bytes=-", 200, b"abcdefgh", None),
        ("bytes=8-", 416, b"", "bytes */8"),
        ("bytes=4-2", 416, b"", "bytes */8"),
    ],
)
def test_ranges(signed_in: Client, alice: User, asked: str, status: int, content: bytes, told: str | None) -> None:
    file = stored_file(alice, b"abcdefgh")
    response = signed_in.get(reverse("file", args=[file.pk]), headers={"Range": asked})
    assert response.status_code == status
    assert (content_of(response) if response.streaming else response.content) == content
    assert response.get("Content-Range") == told
    if status != 416:
        assert response["Content-Length"] == str(len(content))


def test_the_storage_is_never_asked_on_the_event_loop(signed_in: Client, alice: User, monkeypatch: pytest.MonkeyPatch) -> None:
    file, threads, close = stored_file(alice, b"0123456789"), list[str](), ContentFile.close

    def noting_its_thread(self: ContentFile) -> None:
        threads.append(threading.current_thread().name)
        close(self)

    monkeypatch.setattr(ContentFile, "close", noting_its_thread)
    assert content_of(signed_in.get(f"/files/{file.pk}/")) == b"0123456789"
    assert [name.partition("_")[0] for name in threads] == ["storage"], "A bucket's file may ask the network as it is closed."


def test_a_range_of_another_version_is_not_given(signed_in: Client, alice: User) -> None:
    file = stored_file(alice, b"abcdefgh")
    response = signed_in.get(reverse("file", args=[file.pk]), headers={"Range": "bytes=2-4", "If-Range": '"another"'})
    assert (response.status_code, content_of(response)) == (200, b"abcdefgh")


def test_what_is_stored_no_more_is_not_found(signed_in: Client, alice: User) -> None:
    file = stored_file(alice)
    stored.delete(file.stored)
    assert signed_in.get(reverse("file", args=[file.pk])).status_code == 404
    assert signed_in.get(reverse("file_thumbnail", args=[file.pk])).status_code == 404


# Who may

ADDRESSES = [one.name for one in urlpatterns if str(one.pattern).startswith("files/") and one.name != "signed_file"]


def asked(client: Client, address: str, file: File, upload: Upload) -> Any:
    if address in ("upload_file", "uploads"):
        return client.post(reverse(address), headers={"Tus-Resumable": "1.0.0"})
    if address == "upload":
        return client.head(reverse(address, args=[upload.pk]), headers={"Tus-Resumable": "1.0.0"})
    return client.get(reverse(address, args=[file.pk]))


@pytest.fixture
def file(alice: User) -> File:
    file = stored_file(alice, PNG, "a.png", kind="image", content_type="image/png", with_thumbnail=True)
    attach(Talk(alice).say("See this"), [file])
    return file


@pytest.fixture
def upload(alice: User, file: File) -> Upload:
    return Upload.objects.create(owner=alice, name="a", size=5, updated=file.created)


@pytest.mark.parametrize("address", ADDRESSES)
def test_every_address_asks_who_it_is(
    client: Client, settings: Any, file: File, upload: Upload, bob: User, admin: User, address: str
) -> None:
    own = address in ("upload_file", "uploads")  # they give out nothing, and refuse what these requests lack
    assert asked(client, address, file, upload).status_code == 401
    for person, status in [(file.owner, 200), (bob, 404), (admin, 404)]:
        client.force_login(person)
        assert asked(client, address, file, upload).status_code == (400 if own else status)
    settings.ADMIN_READS_CONVERSATIONS = True
    reads = address in ("file", "file_thumbnail")
    assert asked(client, address, file, upload).status_code == (400 if own else 200 if reads else 404)
    assert LogEntry.objects.filter(user=admin, change_message__contains=str(file.pk)).count() == reads
    client.force_login(bob)
    assert asked(client, address, file, upload).status_code == (400 if own else 404)


def test_an_administrator_sees_no_file_that_no_conversation_holds(client: Client, settings: Any, alice: User, admin: User) -> None:
    settings.ADMIN_READS_CONVERSATIONS = True
    client.force_login(admin)
    assert client.get(reverse("file", args=[stored_file(alice).pk])).status_code == 404


def test_another_site_can_upload_nothing(alice: User) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(alice)
    assert post(client, b"Words").status_code == 403
    assert client.post("/files/uploads/", headers={"Tus-Resumable": "1.0.0", "Upload-Length": "5"}).status_code == 403
    assert not (File.objects.exists() or Upload.objects.exists())
