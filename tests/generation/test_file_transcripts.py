"""An uploaded recording gets a transcript with time marks: piece by piece, none twice, and what stands in the way is said in words."""

from __future__ import annotations

import shutil
import subprocess
import uuid
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone

from conversations.files import deletion, storing
from conversations.files.reading import sound
from conversations.generation import file_transcripts, recording_pieces
from conversations.generation.file_transcripts import UNTRANSCRIBED_NOW, transcribe_file
from conversations.jobs import queue, tasks
from conversations.jobs.lanes import SLOTS, kinds_with_room
from conversations.jobs.tasks import MAX_ATTEMPTS, Lane
from conversations.models import Attempt, File, FileState, Job, JobState, Limit, Purpose, User
from conversations.routing import catalog
from conversations.usage.limits import in_force
from tests.support import jobs
from tests.support.recordings import wav
from tests.support.scripted_openai import Answer, Gate, Hold, ScriptedOpenAI, failure, transcript

pytestmark = pytest.mark.django_db(transaction=True)
needs_ffmpeg = pytest.mark.skipif(shutil.which("ffmpeg") is None, reason="needs ffmpeg, which `make test` installs")
SAID = transcript("A newt.", {"start": 0.0, "end": 1.0, "text": " A newt."}, {"start": 2.5, "end": 4.0, "text": " Its tail."})


@pytest.fixture
def ears(provider: ScriptedOpenAI, settings: Any) -> ScriptedOpenAI:
    settings.OPENAI_BASE_URL, settings.OPENAI_API_KEY = provider.base_url, "sk-test-0123456789"
    settings.TRANSCRIPTION_MODEL, settings.RETRY_SECONDS = "whisper-large", 0.5
    catalog.forget()
    return provider


@pytest.fixture
def store(alice: User, tmp_path: Path) -> Any:
    def store(content: bytes, name: str = "newts.wav") -> File:
        (path := tmp_path / "whole").write_bytes(content)
        return storing.store(alice, path, name, transcribe=transcribe_file)

    return store


@pytest.fixture
def without_ffmpeg(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sound, "program", lambda: None)


def transcribed(file: File) -> File:
    """What became of it, once its job has run."""
    jobs.run(Job.objects.order_by("-created").filter(kind=transcribe_file.kind)[0])
    file.refresh_from_db()
    return file


@needs_ffmpeg
def test_a_long_recording_is_cut_in_silences_and_no_piece_is_asked_for_twice(
    ears: ScriptedOpenAI, store: Any, alice: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(recording_pieces, "PIECE_SECONDS", 5)
    recording = wav(3.6, 1, 3.5)
    file = store(recording)
    assert (file.state, file.kind) == (FileState.READING, "audio")
    ears.queue(SAID, *[failure(400, "The audio could not be decoded.")] * 9)
    file = transcribed(file)
    assert (file.state, file.text) == (FileState.NO_TEXT, "[00:00] A newt.\n[00:02] Its tail.")
    assert "could not read this recording" in file.problem
    first = ears.requests[0].body
    assert (first["model"], first["response_format"], first["file"][:2]) == (
        "whisper-large",
        "verbose_json",
        ("recording.mp3", "audio/mpeg"),
    )
    assert len(first["file"].content) == pytest.approx(4.1 * 4000, abs=300), "It ends amid the silence."

    before = len(ears.requests)
    ears._queue.clear()
    ears.queue(SAID)
    again = store(recording)
    assert (again.pk, again.state) == (file.pk, FileState.READING)
    file = transcribed(again)
    assert (file.state, file.seconds, file.problem) == (FileState.READY, 8, "")
    assert file.text == "[00:00] A newt.\n[00:02] Its tail.\n[00:04] A newt.\n[00:06] Its tail."
    assert file.tokens > 10
    assert len(ears.requests) == before + 1
    rows = Attempt.objects.filter(purpose=Purpose.AUDIO, owner=alice, outcome="ok")
    assert rows.count() == 2
    assert {(row.kind, row.for_file, row.heard_ms) for row in rows} == {("transcripts", file.pk, 2000)}  # as the server says


def test_a_job_that_takes_its_process_along_is_told_of_and_can_be_tried_again(ears: ScriptedOpenAI, store: Any) -> None:
    recording = wav(1)
    file = store(recording)
    Job.objects.update(state=JobState.RUNNING, attempts=MAX_ATTEMPTS, due=timezone.now())
    assert queue.claim(uuid.uuid4(), [transcribe_file.kind], tasks.give_up) is None
    file.refresh_from_db()
    assert (file.state, file.problem) == (FileState.NO_TEXT, UNTRANSCRIBED_NOW)
    assert tasks.run_again(Job.objects.get().pk)
    file.refresh_from_db()
    assert (file.state, file.problem) == (FileState.READING, "")
    assert transcribed(file).text == "What was said."


def test_one_does_not_wait_for_the_long_jobs_of_administrators() -> None:
    transcribe_file.enqueue(file=str(uuid.uuid4()))
    assert kinds_with_room([Lane.LONG] * SLOTS[Lane.LONG]) == [transcribe_file.kind]


@needs_ffmpeg
@pytest.mark.parametrize("seconds", [(5.05,), (4.96, 0.5)])
def test_what_is_left_of_a_recording_is_never_too_short_to_be_heard(seconds: tuple[float, ...], tmp_path: Path) -> None:
    (path := tmp_path / "whole").write_bytes(wav(*seconds))
    track = sound.soundtrack(path, "audio/wav", 5)
    assert len(track.cuts) == 3
    assert len(track.piece(1)) >= 27 * sound.FRAME_BYTES, "About a second; models refuse less than a tenth of one."


@needs_ffmpeg
def test_of_a_video_the_sound_is_heard(ears: ScriptedOpenAI, store: Any, tmp_path: Path) -> None:
    (tone := tmp_path / "tone.wav").write_bytes(wav(1))
    picture = ["-f", "lavfi", "-i", "color=s=64x64:d=1"]
    made = [tmp_path / "heard.mov", tmp_path / "mute.mp4"]
    for path, more in zip(made, (["-i", str(tone)], []), strict=True):
        subprocess.run(["ffmpeg", "-v", "error", *picture, *more, str(path)], check=True)
    heard = transcribed(store(made[0].read_bytes()))
    assert (heard.state, heard.content_type, heard.text) == (FileState.READY, "video/quicktime", "What was said.")
    mute = transcribed(store(made[1].read_bytes()))
    assert (mute.state, mute.problem, mute.size) == (FileState.REFUSED, sound.NO_SOUND, 0)
    assert len(ears.requests) == 1


def test_without_ffmpeg_it_goes_as_it_came_where_a_provider_takes_that(
    ears: ScriptedOpenAI, store: Any, without_ffmpeg: None, settings: Any
) -> None:
    settings.TRANSCRIPTION_MODEL = "some-ears"
    catalog.forget()
    recording = wav(0.1)
    ears.queue(failure(400, "response_format verbose_json is not compatible."), transcript("A newt."))
    file = transcribed(store(recording))
    assert (file.state, file.text, file.seconds) == (FileState.READY, "A newt.", None)
    assert [request.body["response_format"] for request in ears.requests] == ["verbose_json", "json"]
    assert ears.requests[1].body["file"][:2] == ("recording.wav", "audio/wav")
    ears.queue(transcript(""))
    file = transcribed(store(wav(0.2)))
    assert (file.state, file.text, file.problem) == (FileState.READY, "", file_transcripts.NOTHING_SAID)
    assert ears.requests[-1].body["response_format"] == "json", "It was remembered."
    film = transcribed(store(b"\x00\x00\x00\x14ftypqt  \x00\x00\x00\x00qt  " + bytes(100)))
    assert (film.state, film.problem) == (FileState.REFUSED, recording_pieces.KIND_NEEDS_FFMPEG)


def test_a_model_that_tells_speakers_apart_is_asked_for_them(ears: ScriptedOpenAI, store: Any, without_ffmpeg: None, settings: Any) -> None:
    settings.TRANSCRIPTION_MODEL = "gpt-4o-transcribe-diarize"
    catalog.forget()
    ears.queue(transcript("A. B.", {"start": 0, "text": "A.", "speaker": "Ann"}, {"start": 3700.2, "text": "B.", "speaker": "Bo"}))
    assert transcribed(store(wav(0.1))).text == "[00:00] Ann: A.\n[1:01:40] Bo: B."
    assert {"response_format": "diarized_json", "chunking_strategy": "auto"}.items() <= ears.requests[0].body.items()


def test_what_stands_in_the_way_is_said_and_the_recording_kept(
    ears: ScriptedOpenAI, store: Any, alice: User, without_ffmpeg: None, settings: Any
) -> None:
    settings.DICTATION = False
    recording = wav(0.1)
    file = transcribed(store(recording))
    assert (file.state, file.problem) == (FileState.NO_TEXT, file_transcripts._SENTENCES["model"])
    settings.DICTATION = True
    Limit.objects.create(person=alice, monthly_tokens=1)
    in_force.forget()
    assert "month" in transcribed(store(recording)).problem
    assert not ears.requests
    assert file.content.read() == recording


def test_one_that_is_removed_meanwhile_is_asked_for_no_longer(
    ears: ScriptedOpenAI, store: Any, alice: User, bob: User, without_ffmpeg: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(file_transcripts, "LOOK_SECONDS", 0.01)
    file = store(wav(0.1))
    gate = Gate()
    ears.queue(Answer(before_headers=(Hold(gate),), body={"text": "Too late."}))
    look = file_transcripts._transcribed_ms

    def removed(pk: Any) -> int | None:
        if ears.requests:
            deletion.take_back(bob, file.pk)
            assert File.objects.filter(pk=file.pk).exists()
            deletion.take_back(alice, file.pk)
        return look(pk)

    monkeypatch.setattr(file_transcripts, "_transcribed_ms", removed)
    assert jobs.run(Job.objects.get()) == file_transcripts.DELETED
    gate.open()
    assert Attempt.objects.get().outcome == "stopped"
    assert not File.objects.exists()
