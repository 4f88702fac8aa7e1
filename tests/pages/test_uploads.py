"""An upload goes on where it broke off, and what was acknowledged is there, whatever happens to the process or the connection."""

from __future__ import annotations

import base64
import re
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from conversations.files import stored, uploads
from conversations.models import File, Upload, UploadPiece, User, files_storage
from tests.support.files import stored_file
from tests.support.limits import limit

pytestmark = pytest.mark.django_db

CONTENT = b"Newts regrow legs, and toads don't."


@pytest.fixture
def tus(client: Client, alice: User) -> Tus:
    client.force_login(alice)
    return Tus(client)


class Tus:
    def __init__(self, client: Client) -> None:
        self.client = client

    def begin(self, size: int | str, name: str = "newts.txt") -> Any:
        encoded = base64.b64encode(name.encode()).decode()
        return self.ask(
            "POST", reverse("uploads"), {"Upload-Length": str(size), "Upload-Metadata": f"filetype dGV4dA==,filename {encoded}"}
        )

    def patch(self, address: str, offset: int | str, content: bytes, kind: str = "application/offset+octet-stream") -> Any:
        return self.ask("PATCH", address, {"Upload-Offset": str(offset)}, content, kind)

    def offset(self, address: str) -> int:
        return int(self.ask("HEAD", address)["Upload-Offset"])

    def ask(self, method: str, address: str, headers: dict[str, str] | None = None, content: bytes = b"", kind: str = "") -> Any:
        response = self.client.generic(
            method, address, content, kind, headers={"Tus-Resumable": "1.0.0", **(headers or {})}, CONTENT_TYPE=kind
        )
        assert response["Tus-Resumable"] == "1.0.0"
        assert "no-store" in response["Cache-Control"] or response.status_code in (405, 412)
        return response


def test_pieces_become_the_file(tus: Tus, alice: User) -> None:
    begun = tus.begin(len(CONTENT), "papers/newts ü.txt")
    assert begun.status_code == 201
    address = begun["Location"]
    assert tus.offset(address) == 0
    first = tus.patch(address, 0, CONTENT[:10])
    assert (first.status_code, first["Upload-Offset"]) == (204, "10")
    assert tus.offset(address) == 10
    last = tus.patch(address, 10, CONTENT[10:])
    file = File.objects.get()
    assert (last.status_code, last.json()["id"], last["Upload-Offset"]) == (200, str(file.pk), str(len(CONTENT)))
    assert (file.owner, file.name, file.text, file.content.read()) == (alice, "newts ü.txt", CONTENT.decode(), CONTENT)
    assert not UploadPiece.objects.exists()


@pytest.mark.parametrize(
    ("given", "shown"),
    [
        ("../../etc/passwd", "passwd"),
        ("..\\..\\boot.ini", "boot.ini"),
        ("/", "file"),
        ("..", "file"),
        ("a\0.txt\r\nSet-Cookie: x=y", "a.txtSet-Cookie: x=y"),
        ("\u202egpj.exe", "gpj.exe"),
        ('a"; filename="b.html', 'a"; filename="b.html'),
        ("a" * 300 + ".txt", "a" * 196 + ".txt"),
        ("%2e%2e%2fa", "%2e%2e%2fa"),
    ],
)
def test_a_name_is_never_a_path(tus: Tus, given: str, shown: str) -> None:
    tus.patch(tus.begin(len(CONTENT), given)["Location"], 0, CONTENT)
    file = File.objects.get()
    assert file.name == shown
    assert re.fullmatch(r"[0-9a-f]{2}/[0-9a-f]{32}", str(file.content.name))
    told = tus.client.get(reverse("file", args=[file.pk]))["Content-Disposition"]
    assert told.startswith("attachment") and not set(told) & set("\r\n\0") and told.count("filename") == 1 + given.count("filename")


def test_a_piece_that_is_sent_again_changes_nothing(tus: Tus) -> None:
    """As after an answer that was lost."""
    address = tus.begin(len(CONTENT))["Location"]
    tus.patch(address, 0, CONTENT[:10])
    again = tus.patch(address, 0, CONTENT[:10])
    assert (again.status_code, again.json()["code"]) == (409, "offset")
    assert tus.offset(address) == 10
    whole = tus.patch(address, 10, CONTENT[10:]).json()
    assert tus.patch(address, 10, CONTENT[10:]).status_code == 409
    assert tus.patch(address, tus.offset(address), b"").json() == whole
    assert File.objects.get().content.read() == CONTENT


def test_of_two_that_send_the_same_piece_one_stores_it(tus: Tus, monkeypatch: pytest.MonkeyPatch) -> None:
    address = tus.begin(len(CONTENT))["Location"]
    put, names = stored.put, []

    def put_while_another_sends(content: Any) -> str:
        monkeypatch.setattr(stored, "put", put)
        assert tus.patch(address, 0, CONTENT[:10]).status_code == 204
        names.append(put(content))
        return names[0]

    monkeypatch.setattr(stored, "put", put_while_another_sends)
    assert tus.patch(address, 0, CONTENT[:10]).status_code == 409
    assert not files_storage().exists(names[0])
    assert tus.patch(address, 10, CONTENT[10:]).status_code == 200
    assert File.objects.get().content.read() == CONTENT


def test_one_that_broke_off_before_its_end_was_noted_is_completed_when_asked_again(tus: Tus, monkeypatch: pytest.MonkeyPatch) -> None:
    address = tus.begin(len(CONTENT))["Location"]
    with monkeypatch.context() as patch:
        patch.setattr(uploads, "store", lambda *given, **named: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            tus.patch(address, 0, CONTENT)
    assert tus.offset(address) == len(CONTENT)
    assert tus.patch(address, len(CONTENT), b"").json()["size"] == len(CONTENT)


def test_what_completes_it_twice_at_once_finds_the_same_file(tus: Tus, alice: User) -> None:
    address = tus.begin(len(CONTENT))["Location"]
    upload = Upload.objects.get()
    uploads.append(upload, 0, CONTENT)
    late = uploads.of(alice, upload.pk)
    names = late.stored
    whole = tus.patch(address, len(CONTENT), b"").json()
    stored.delete(names)  # as its transaction does once it is committed
    UploadPiece.objects.create(upload=late, offset=0, content=names[0])
    assert str(uploads.complete(late).pk) == whole["id"]


def test_one_that_is_taken_back_is_gone(tus: Tus, django_capture_on_commit_callbacks: Any) -> None:
    address = tus.begin(len(CONTENT))["Location"]
    tus.patch(address, 0, CONTENT[:10])
    (name,) = UploadPiece.objects.values_list("content", flat=True)
    with django_capture_on_commit_callbacks(execute=True):
        assert tus.ask("DELETE", address).status_code == 204
    assert tus.ask("HEAD", address).status_code == 404
    assert not files_storage().exists(name)


@pytest.mark.parametrize(
    ("size", "status"), [("", 400), ("-1", 400), ("ten", 400), ("9" * 30, 400), (0, 422), (1024 * 1024 + 1, 413), (1024 * 1024, 201)]
)
def test_what_is_too_large_is_refused_before_anything_is_sent(tus: Tus, settings: Any, size: int | str, status: int) -> None:
    settings.FILE_MAX_MB = 1
    assert tus.begin(size).status_code == status


def test_what_is_wrong_is_refused(tus: Tus) -> None:
    address = tus.begin(5)["Location"]
    for response, status in [
        (tus.patch(address, 0, b"12345", "text/plain"), 415),
        (tus.patch(address, "x", b"12345"), 400),
        (tus.patch(address, 0, b"123456"), 413),
        (tus.ask("POST", reverse("uploads"), {"Upload-Length": "5", "Upload-Metadata": "filename ???"}), 400),
        (tus.ask("HEAD", address, {"Tus-Resumable": "0.2.2"}), 412),
    ]:
        assert response.status_code == status
    assert tus.offset(address) == 0


def test_what_can_not_be_read_is_said_and_not_kept(tus: Tus) -> None:
    address = tus.begin(3)["Location"]
    response = tus.patch(address, 0, b"\xff\x00\xfe")
    assert (response.status_code, response.json()["code"]) == (422, "unreadable")
    assert not (File.objects.exists() or Upload.objects.exists())


def test_what_can_not_be_scanned_now_is_kept_until_it_can(tus: Tus, settings: Any) -> None:
    settings.VIRUS_SCANNER = "127.0.0.1:1"
    address = tus.begin(len(CONTENT))["Location"]
    assert tus.patch(address, 0, CONTENT).status_code == 503
    settings.VIRUS_SCANNER = ""
    assert tus.patch(address, len(CONTENT), b"").status_code == 200


def test_options_say_what_is_understood(tus: Tus) -> None:
    response = tus.client.options(reverse("uploads"))
    assert (response["Tus-Version"], response["Tus-Extension"], response["Tus-Max-Size"]) == ("1.0.0", "creation,termination", "26214400")


def test_there_is_room_for_so_much_and_unfinished_uploads_count(tus: Tus, alice: User, settings: Any) -> None:
    settings.FILE_STORAGE_MB = 1
    stored_file(alice, b"x" * 600_000)
    address = tus.begin(400_000)["Location"]
    refused = tus.begin(100_000)
    assert (refused.status_code, refused.json()["code"]) == (403, "limit")
    assert "1.0 MB of the 1 MB" in refused.json()["error"]
    assert tus.patch(address, 0, b"y" * 400_000).status_code == 200
    settings.FILE_STORAGE_MB = 0
    assert tus.begin(100_000).status_code == 201


def test_limits_replace_the_settings_room(tus: Tus, alice: User, bob: User, settings: Any) -> None:
    settings.FILE_STORAGE_MB = 1
    limit(person=alice, storage_mb=2)
    stored_file(alice, b"x" * 1_500_000)
    assert tus.begin(400_000).status_code == 201
    assert tus.begin(400_000).status_code == 403
    tus.client.force_login(bob)
    assert [tus.begin(700_000).status_code for _ in range(2)] == [201, 403]


def test_unfinished_uploads_are_bounded(tus: Tus, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(uploads, "MAX_UNFINISHED", 2)
    monkeypatch.setattr(uploads, "MAX_PIECES", 1)
    address = tus.begin(5)["Location"]
    assert [tus.begin(5).status_code for _ in range(2)] == [201, 429]
    assert [tus.patch(address, at, b"1").status_code for at in range(2)] == [204, 400]
