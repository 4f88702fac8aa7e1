"""What takes long to read is acknowledged once it is stored, and read by a job."""

from __future__ import annotations

import uuid
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone

from conversations.commands import attachments
from conversations.commands.refusals import Refused
from conversations.files import contents, stored, storing
from conversations.files.contents import UNREADABLE_NOW, read_file
from conversations.files.reading.result import Reading, Unreadable
from conversations.files.refusal import FileRefused
from conversations.jobs import queue, tasks
from conversations.jobs.tasks import MAX_ATTEMPTS
from conversations.models import File, FileState, Job, JobState, User, files_storage
from tests.support import jobs
from tests.support.files import PNG

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _all_takes_long(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(storing, "READ_AT_ONCE_BYTES", 0)


@pytest.fixture
def store(alice: User, tmp_path: Path) -> Any:
    def store(content: bytes) -> File:
        (path := tmp_path / "whole").write_bytes(content)
        return storing.store(alice, path, "newts")

    return store


def test_it_is_stored_as_it_came_until_it_is_read(store: Any, django_capture_on_commit_callbacks: Any) -> None:
    file = store(PNG)
    before = file.content.name
    assert (file.state, file.size, files_storage().open(before).read()) == (FileState.READING, len(PNG), PNG)
    with django_capture_on_commit_callbacks(execute=True):
        assert jobs.run(Job.objects.get()) == "It was read."
        assert jobs.run(Job.objects.get()) == "It was read already, or deleted."
    file.refresh_from_db()
    assert (file.state, file.kind, file.width, file.tokens) == (FileState.READY, "image", 1, 1)
    assert file.thumbnail.read()
    assert not files_storage().exists(before)


def test_what_can_not_be_read_is_refused_and_not_kept(store: Any, django_capture_on_commit_callbacks: Any) -> None:
    file = store(b"\xff\x00\xfe")
    name = file.content.name
    with django_capture_on_commit_callbacks(execute=True):
        jobs.run(Job.objects.get())
    file.refresh_from_db()
    assert (file.state, file.size, bool(file.content)) == (FileState.REFUSED, 0, False)
    assert file.problem.endswith(".")
    assert not files_storage().exists(name)
    assert store(b"\xff\x00\xfe").state == FileState.READING  # uploaded again, it is read again


def test_an_image_whose_new_encoding_has_no_room_is_refused(store: Any, settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    settings.FILE_STORAGE_MB = 1
    file = store(PNG)
    put, names = stored.put, []

    def noted(content: Any) -> str:
        names.append(put(content))
        return names[-1]

    monkeypatch.setattr(stored, "put", noted)
    larger = Reading("image", "image/png", image=PNG + bytes(1024 * 1024), thumbnail=b"RIFF", width=1, height=1)
    monkeypatch.setattr(contents, "read", lambda *given: larger)
    assert jobs.run(Job.objects.get()) == "There is no room for it."
    file.refresh_from_db()
    assert (file.state, file.size, "of the 1 MB" in file.problem) == (FileState.REFUSED, 0, True)
    assert [files_storage().exists(name) for name in names] == [False, False]


def test_what_takes_its_process_along_is_told_and_can_be_tried_again(store: Any, alice: User) -> None:
    file = store(PNG)
    for _ in range(MAX_ATTEMPTS):
        assert queue.claim(uuid.uuid4(), [read_file.kind], tasks.give_up)
        file.refresh_from_db()
        assert file.state == FileState.READING
        Job.objects.update(due=timezone.now() - timedelta(seconds=1))
    assert queue.claim(uuid.uuid4(), [read_file.kind], tasks.give_up) is None
    file.refresh_from_db()
    assert (file.state, file.problem) == (FileState.NO_TEXT, UNREADABLE_NOW)
    with pytest.raises(Refused, match="could not be read just now"):
        attachments.taken(alice, [file.pk])
    assert tasks.run_again(Job.objects.get().pk)
    file.refresh_from_db()
    assert (file.state, file.problem) == (FileState.READING, "")
    tasks.cancel(Job.objects.get().pk)
    again = store(PNG)
    assert (again.pk, again.state) == (file.pk, FileState.READING)
    assert jobs.run(Job.objects.get(state=JobState.WAITING)) == "It was read."
    file.refresh_from_db()
    assert (file.state, file.width, file.problem) == (FileState.READY, 1, "")


def test_requests_read_only_so_many_at_once(store: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.undo()
    states = []

    def read(*given: Any) -> Any:
        if len(states) < 3:
            states.append("")
            states[-1] = store(bytes([65 + len(states)])).state
        raise Unreadable("No.")

    monkeypatch.setattr(contents, "read", read)
    with pytest.raises(FileRefused, match="No"):
        store(b"A")
    assert FileState.READING in states


def test_a_request_waits_a_little_and_a_job_reads_what_takes_longer(store: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.undo()
    with monkeypatch.context() as patch:
        patch.setattr(storing, "READ_AT_ONCE_SECONDS", 0.001)
        assert store(PNG).state == FileState.READING
    assert jobs.run(Job.objects.get()) == "It was read."
    assert File.objects.get().state == FileState.READY


def test_what_was_stored_goes_where_it_can_not_be_noted(store: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    names: list[str] = []
    put = stored.put

    def noted(content: Any) -> str:
        names.append(put(content))
        return names[-1]

    monkeypatch.setattr(stored, "put", noted)
    monkeypatch.setattr(File.objects, "create", lambda **given: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        store(PNG)
    assert [files_storage().exists(name) for name in names] == [False]
