"""Users see their own files, with what holds them, and delete them; only theirs, and no answer loses its words by it."""

from __future__ import annotations

import re
import uuid
from html import unescape
from typing import Any

import pytest
from django.test import Client

from conversations.commands import attachments
from conversations.exports import markdown
from conversations.files import own
from conversations.models import File, Message, Status, User, files_storage
from tests.support.files import PNG, stored_file
from tests.support.talks import Talk

FILES, DELETE = "/accounts/files/", "/accounts/files/delete/"

pytestmark = pytest.mark.django_db


def words(response: Any) -> str:
    assert response.status_code == 200
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", response.content.decode().split("<main")[1])).split())


def names(response: Any) -> list[str]:
    return re.findall(r'<bdi class="name">(.*?)</bdi>', response.content.decode())


@pytest.fixture
def browser(client: Client, alice: User) -> Client:
    client.force_login(alice)
    return client


def test_it_is_for_those_who_signed_in(client: Client) -> None:
    for address in (FILES, DELETE):
        assert client.get(address)["Location"].startswith("/accounts/login/")


@pytest.mark.every_database
def test_each_is_listed_with_what_holds_it(browser: Client, alice: User, bob: User) -> None:
    assert "You have no files." in words(browser.get(FILES))
    report, newts = stored_file(alice, b"x" * 2_000_000, "report.txt"), stored_file(alice, b"newts", "newts.txt")
    stored_file(bob, b"Bob's", "secret.txt")
    first, second = Talk(alice, "About newts"), Talk(alice, "More of them", days_ago=1)
    first.show(newts)
    first.show(newts)
    second.show(newts)
    page = browser.get(FILES)
    assert names(page) == ["newts.txt", "report.txt"]
    told = words(page)
    assert "2.0 MB of 1,000 MB" in told.replace("1.9 MB", "2.0 MB") and "2 files" in told and "secret" not in told
    assert "newts.txt Document · 5 bytes" in told and "In About newts , More of them" in told
    assert f"/files/{report.pk}/?download" in page.content.decode() and f"/c/{second.conversation.pk}/" in page.content.decode()
    assert "In no message yet: goes after" in told
    assert names(browser.get(FILES, {"sort": "size"})) == ["report.txt", "newts.txt"]
    assert browser.get(FILES, {"sort": "owner"}).status_code == 404


def test_a_page_at_a_time(browser: Client, alice: User, django_assert_max_num_queries: Any) -> None:
    for number in range(51):
        Talk(alice).show(stored_file(alice, b"%d" % number, f"{number}.txt"))
    with django_assert_max_num_queries(10):
        first = browser.get(FILES)
    assert len(names(first)) == 50 and "Page 1 of 2" in words(first)
    assert names(browser.get(FILES, {"page": "2"})) == ["0.txt"]
    assert 'href="?sort=size&amp;page=2"' in browser.get(FILES, {"sort": "size"}).content.decode()


def test_deleting_is_asked_for_first_and_leaves_the_message(browser: Client, alice: User, django_capture_on_commit_callbacks: Any) -> None:
    file, kept, talk = (
        stored_file(alice, PNG, "cat.png", with_thumbnail=True, kind="image"),
        stored_file(alice, b"kept"),
        Talk(alice, "Cats"),
    )
    message = talk.show(file, kept)
    asked = words(browser.get(DELETE, {"file": str(file.pk)}))
    assert "Delete this file? cat.png" in asked and "Cats" in asked and "can’t be undone" in asked
    assert File.objects.count() == 2
    with django_capture_on_commit_callbacks(execute=True):
        answer = browser.post(DELETE, {"file": [file.pk], "sort": "size"})
    assert answer["Location"] == f"{FILES}?sort=size"
    assert [files_storage().exists(name) for name in (*file.stored, *kept.stored)] == [False, False, True]
    assert list(File.objects.all()) == [kept]
    message.refresh_from_db()
    assert [part.get("deleted") for part in message.parts] == [True, None, None] and message.text == "See this"
    assert attachments.held(message) == [kept.pk], "An edited message would be refused for the sake of what is gone."
    assert "cat.png" in "".join(markdown.document(talk.conversation))
    assert "Select files" in words(browser.post(DELETE, {}, follow=True))


def test_not_while_an_answer_with_it_is_written(browser: Client, alice: User) -> None:
    file = stored_file(alice)
    message = Talk(alice).show(file)
    Message.objects.filter(pk=message.pk).update(status=Status.STREAMING)
    assert "still being written" in words(browser.post(DELETE, {"file": [file.pk]}, follow=True))
    assert File.objects.exists()


def test_another_users_are_not_found(client: Client, alice: User, bob: User) -> None:
    file = stored_file(alice)
    Talk(alice, "Private").show(file)
    client.force_login(bob)
    assert "You have no files." in words(client.get(FILES))
    for asked in (client.get, client.post):
        for wanted in (file.pk, uuid.uuid4(), "x"):
            assert asked(DELETE, {"file": str(wanted)}).status_code == 404
    theirs = stored_file(bob, b"mine")
    client.post(DELETE, {"file": [theirs.pk, file.pk]})
    assert list(File.objects.all()) == [file] and own.delete(bob, [file.pk]) == 0
