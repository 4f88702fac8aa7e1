"""A file goes with the last message that held it, and what nothing refers to is swept: rows and stored bytes."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import FileSystemStorage
from django.db import transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from conversations.commands import branches, deletion
from conversations.files import deletion as files_deletion
from conversations.files import stored, sweeping, uploads
from conversations.files.deletion import delete_uploads
from conversations.files.sweeping import sweep_files
from conversations.models import File, Job, Sound, Upload, UploadPiece, User, attach, files_storage, random_name
from conversations.speech import kept_sounds
from tests.support import jobs
from tests.support.files import stored_file
from tests.support.talks import Talk

pytestmark = pytest.mark.django_db


@pytest.fixture
def with_jobs(django_capture_on_commit_callbacks: Any) -> Callable[[Callable[[], Any]], None]:
    """Does it, then the jobs that it put into the queue."""

    def done(change: Callable[[], Any]) -> None:
        change()
        with django_capture_on_commit_callbacks(execute=True):
            for job in Job.objects.all():
                jobs.run(job)
        Job.objects.all().delete()

    return done


def is_there(file: File) -> bool:
    names = file.stored
    kept = {files_storage().exists(name) for name in names}
    assert len(kept) == 1
    assert kept == {File.objects.filter(pk=file.pk).exists()}
    return kept.pop()


def test_a_sound_goes_with_the_last_message_that_is_read_aloud_with_it(alice: User, bob: User, with_jobs: Any) -> None:
    """Also with a branch, and with its user; one of another's message stays."""
    storage, talk, other, third = files_storage(), Talk(alice), Talk(bob), Talk(alice)
    names = {}
    for key, spoken in {"1": [talk], "2": [talk, other], "3": [third], "4": []}.items():
        names[key] = storage.save(f"ab/{key:0>32}", ContentFile(b"x"))
        Sound.objects.create(key=key, content=names[key], content_type="audio/mpeg", size=1)
        for one in spoken:
            kept_sounds.note_use(key, (said := one.say("Read this")).pk)
            kept_sounds.note_use(key, said.pk)
    with_jobs(lambda: deletion.delete(alice, [talk.conversation.pk]))
    assert {key for key, name in names.items() if storage.exists(name)} == {"2", "3", "4"}
    with_jobs(lambda: deletion.delete(bob, [other.conversation.pk]))
    assert set(Sound.objects.values_list("key", flat=True)) == {"3", "4"}
    files_deletion.forget([alice])
    with_jobs(alice.delete)
    assert {key for key, name in names.items() if storage.exists(name)} == {"4"}  # of which it isn't known what it was for


@pytest.mark.every_database
def test_with_its_last_conversation(alice: User, with_jobs: Any) -> None:
    both, first = stored_file(alice, b"1", with_thumbnail=True), stored_file(alice, b"2")
    talk, other = Talk(alice), Talk(alice)
    attach(talk.say("See these"), [both, first])
    attach(other.say("See this again"), [both])
    with_jobs(lambda: deletion.delete(alice, [talk.conversation.pk]))
    assert (is_there(both), is_there(first)) == (True, False)
    with_jobs(lambda: deletion.delete(alice, [other.conversation.pk]))
    assert not is_there(both)


def test_with_its_branch(alice: User, with_jobs: Any) -> None:
    talk, kept, gone = Talk(alice), stored_file(alice, b"1"), stored_file(alice, b"2")
    attach(talk.say("One"), [kept])
    other = talk.say("Two")
    attach(talk.say("Follows", talk.say("Answer", other)), [gone])
    attach(other, [kept])
    with_jobs(lambda: branches.delete(alice, talk.conversation.pk, other.pk))
    assert (is_there(kept), is_there(gone)) == (True, False)


def test_not_while_it_was_uploaded_again_for_another_message(alice: User, with_jobs: Any) -> None:
    talk, file = Talk(alice), stored_file(alice)
    attach(talk.say("See this"), [file])
    File.objects.update(waiting_since=timezone.now())
    with_jobs(lambda: deletion.delete(alice, [talk.conversation.pk]))
    assert is_there(file)


@pytest.mark.parametrize("how", ["each", "several"])
def test_with_its_owner(client: Client, admin: User, alice: User, bob: User, with_jobs: Any, how: str) -> None:
    held, waiting, others = stored_file(alice, b"1"), stored_file(alice, b"2", with_thumbnail=True), stored_file(bob, b"3")
    attach(Talk(alice).say("See this"), [held])
    piece = stored.put(b"12")
    upload = Upload.objects.create(owner=alice, name="a", size=5, offset=2, updated=timezone.now())
    UploadPiece.objects.create(upload=upload, offset=0, content=piece)
    client.force_login(admin)

    def delete() -> None:
        if how == "each":
            client.post(reverse("admin:conversations_user_delete", args=[alice.pk]), {"post": "yes"})
        else:
            action = {"action": "delete_selected", "_selected_action": [str(alice.pk)], "post": "yes"}
            client.post(reverse("admin:conversations_user_changelist"), action)

    with_jobs(delete)
    assert not User.objects.filter(pk=alice.pk).exists()
    assert (is_there(held), is_there(waiting), is_there(others)) == (False, False, True)
    assert not files_storage().exists(piece)


def test_with_a_conversation_that_an_administrator_deletes(client: Client, admin: User, alice: User, with_jobs: Any) -> None:
    talk, file = Talk(alice), stored_file(alice)
    attach(talk.say("See this"), [file])
    client.force_login(admin)
    address = reverse("admin:conversations_conversation_delete", args=[talk.conversation.pk])
    with_jobs(lambda: client.post(address, {"post": "yes"}))
    assert not is_there(file)


# What nothing refers to


@pytest.fixture
def sweep(monkeypatch: pytest.MonkeyPatch, django_capture_on_commit_callbacks: Any) -> Callable[..., str]:
    def swept(hours: float) -> str:
        now = timezone.now() + timedelta(hours=hours)
        with monkeypatch.context() as patch, django_capture_on_commit_callbacks(execute=True):
            patch.setattr(timezone, "now", lambda: now)
            return jobs.run(sweep_files.enqueue())

    return swept


@pytest.mark.every_database
def test_files_that_no_message_holds_are_swept(alice: User, sweep: Any) -> None:
    held, waiting, released = stored_file(alice, b"1"), stored_file(alice, b"2"), stored_file(alice, b"3", waiting_since=None)
    attach(Talk(alice).say("See this"), [held])
    sweep(hours=23)
    assert (is_there(held), is_there(waiting), is_there(released)) == (True, True, False)
    sweep(hours=25)
    assert (is_there(held), is_there(waiting)) == (True, False)


def test_uploads_that_rest_are_swept(alice: User, sweep: Any) -> None:
    upload = Upload.objects.create(owner=alice, name="a", size=5, offset=2, updated=timezone.now())
    piece = UploadPiece.objects.create(upload=upload, offset=0, content=stored.put(b"12"))
    sweep(hours=23)
    assert Upload.objects.exists()
    assert files_storage().exists(str(piece.content))
    sweep(hours=25)
    assert not Upload.objects.exists()
    assert not files_storage().exists(str(piece.content))


def test_what_is_stored_without_a_row_is_swept_and_what_others_stored_is_not(alice: User, sweep: Any) -> None:
    storage, held = files_storage(), stored_file(alice, b"1", with_thumbnail=True)
    attach(Talk(alice).say("See this"), [held])
    ours = [storage.save(name, ContentFile(b"x")) for name in (random_name(None, ""), f"{stored.TEMPORARY}x7")]
    theirs = [storage.save(name, ContentFile(b"x")) for name in ("notes.txt", "ab/notes.txt", f"backup/{random_name(None, '')[3:]}")]
    sweep(hours=23)
    assert all(storage.exists(name) for name in (*ours, *theirs))
    sweep(hours=25)
    assert not any(storage.exists(name) for name in ours)
    assert all(storage.exists(name) for name in (*held.stored, *theirs))
    for name in theirs:
        storage.delete(name)


def test_it_sweeps_where_nothing_was_ever_stored(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, sweep: Any) -> None:
    monkeypatch.setattr(sweeping, "files_storage", lambda: FileSystemStorage(tmp_path / "none"))
    assert sweep(hours=25) == "0 files, 0 uploads and 0 stored files without a row deleted."


def test_an_upload_that_goes_on_while_old_ones_are_deleted_stays(alice: User, monkeypatch: pytest.MonkeyPatch) -> None:
    upload, atomic, before = uploads.begin(alice, 5, "newts"), transaction.atomic, timezone.now()

    def atomic_after_a_piece() -> Any:
        monkeypatch.setattr(transaction, "atomic", atomic)
        uploads.append(upload, 0, b"12")
        return atomic()

    monkeypatch.setattr(transaction, "atomic", atomic_after_a_piece)
    assert delete_uploads(before) == 0
    assert upload.stored
