"""A worker runs jobs beside each other, hears of cancelling and of a lost lease, and leaves nothing behind when it stops."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import DatabaseError, connection
from django.utils import timezone

from conversations.jobs import leases, queue, worker
from conversations.jobs.lanes import SLOTS
from conversations.jobs.run import Run
from conversations.jobs.tasks import Lane
from conversations.jobs.worker import Worker
from conversations.models import Job, JobState
from tests.support.jobs import add_line, begun_by, fail, ignore_everything, lose_connection, until, wait_for_file

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.every_database]


@pytest.fixture
def working(monkeypatch: pytest.MonkeyPatch) -> Iterator[Worker]:
    monkeypatch.setattr(leases, "BEAT_SECONDS", 0.05)
    monkeypatch.setattr(leases, "POLL_SECONDS", 3600.0)  # what this process puts into the queue is taken without polling
    one = Worker()
    one.start()
    yield one
    one.drain(0)
    until(lambda: not one._runs)


def state(job: Job) -> str:
    job.refresh_from_db()
    return job.state


def test_a_job_is_run_at_once_and_says_how_far_it_is_and_what_it_did(working: Worker, tmp_path: Path) -> None:
    job = wait_for_file.enqueue(folder=str(tmp_path))
    until(lambda: state(job) == "running" and (job.done, job.total) == (1, 2))
    assert job.worker == working.id
    (tmp_path / "go").touch()
    until(lambda: state(job) == "done")
    assert (job.done, job.total, job.outcome, job.attempts) == (2, 2, "It was there.", 1)
    assert job.started and job.finished and job.created <= job.started <= job.finished


def test_a_long_job_keeps_no_other_waiting(working: Worker, tmp_path: Path) -> None:
    long = wait_for_file.enqueue(folder=str(tmp_path))
    short = [add_line.enqueue(file=str(tmp_path / "lines")) for _ in range(6)]
    until(lambda: all(state(job) == "done" for job in short))
    assert state(long) == "running"
    assert sorted((tmp_path / "lines").read_text().split()) == sorted(str(job.pk) for job in short)


def test_long_jobs_keep_no_short_ones_waiting(working: Worker, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tests.support.jobs.wait_for_file", replace(wait_for_file, lane=Lane.LONG))
    long = [wait_for_file.enqueue(folder=str(tmp_path)) for _ in range(9)]
    until(lambda: len(begun_by(tmp_path)) == SLOTS[Lane.LONG])
    short = add_line.enqueue(file=str(tmp_path / "lines"))
    until(lambda: state(short) == "done")
    assert [state(job) for job in long].count("running") == SLOTS[Lane.LONG] == len(begun_by(tmp_path))
    (tmp_path / "go").touch()
    until(lambda: all(state(job) == "done" for job in long))


def test_the_task_of_a_job_that_fails_for_the_last_time_is_told(working: Worker, monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[str] = []
    monkeypatch.setattr("tests.support.jobs.fail", replace(fail, given_up=lambda *, words: told.append(words)))
    job = fail.enqueue(words="a newt")
    until(lambda: state(job) == "waiting" and job.error != "")
    assert told == []
    Job.objects.update(due=timezone.now())
    queue.changed.set()
    until(lambda: state(job) == "failed")
    assert told == ["a newt"]


def test_a_running_job_is_cancelled(working: Worker, tmp_path: Path) -> None:
    job = wait_for_file.enqueue(folder=str(tmp_path))
    until(lambda: bool(begun_by(tmp_path)))
    assert queue.cancel(job.pk)
    until(lambda: state(job) == "cancelled")
    assert (job.outcome, job.finished is not None) == ("", True)


def test_what_fails_says_so_in_a_sentence_without_what_was_said(working: Worker) -> None:
    job = fail.enqueue(words="a secret diagnosis")
    until(lambda: state(job) == "waiting" and job.error != "")
    Job.objects.update(due=timezone.now())
    queue.changed.set()
    until(lambda: state(job) == "failed")
    assert job.error == "A mistake of the program (ValueError); the log has it, with this job’s id."
    assert job.attempts == 2


def test_the_next_attempt_is_known_also_where_it_begins_before_the_last_one_is_put_away(
    working: Worker, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(queue, "RETRY_PAUSES", (timedelta(0),))
    attempt, write = Worker._attempt, Worker._write_patiently

    def fail_once(self: Worker, run: Run) -> Callable[[], bool]:
        return self._failed(run, "Once.") if run.job.attempts == 1 else attempt(self, run)

    def write_and_wait(self: Worker, run: Run, end: Callable[[], bool]) -> None:
        write(self, run, end)
        if run.job.attempts == 1:
            queue.changed.set()
            until(lambda: bool(begun_by(tmp_path)))

    monkeypatch.setattr(Worker, "_attempt", fail_once)
    monkeypatch.setattr(Worker, "_write_patiently", write_and_wait)
    job = wait_for_file.enqueue(folder=str(tmp_path))
    until(lambda: bool(begun_by(tmp_path)) and len([thread for thread in threading.enumerate() if str(job.pk) in thread.name]) == 1)
    assert [run.job.attempts for run in working._runs] == [2]
    (tmp_path / "go").touch()
    until(lambda: state(job) == "done")


def test_what_fails_because_its_connection_broke_is_tried_again(working: Worker) -> None:
    if connection.vendor != "postgresql":
        pytest.skip("SQLite has no server.")
    job = lose_connection.enqueue()
    until(lambda: state(job) == "waiting" and job.attempts == 1, seconds=10)
    assert job.error == "The database could not be used."


def test_a_job_of_another_version_is_left_to_that_for_an_hour(working: Worker) -> None:
    job = queue.put("conversations.jobs.tasks.task", {}, 1)
    until(lambda: state(job) == "waiting" and job.error != "")
    assert (job.error, job.attempts) == ("This version of the program has no such job.", 0)
    assert job.due and job.due > timezone.now()
    Job.objects.update(due=timezone.now(), created=timezone.now() - timedelta(hours=2))
    queue.changed.set()
    until(lambda: state(job) == "failed")
    assert job.error == "This version of the program has no such job."


def test_what_does_not_end_in_time_is_given_back(working: Worker, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(worker, "GIVE_BACK_SECONDS", 60.0)  # it hears of it, however busy the machine is
    job = wait_for_file.enqueue(folder=str(tmp_path))
    until(lambda: bool(begun_by(tmp_path)))
    working.drain(0)
    assert (state(job), job.attempts, job.worker) == ("waiting", 0, None)
    assert job.due and job.due <= timezone.now()


def test_what_does_not_even_hear_of_it_is_left_to_others_once_this_process_has_ended(
    working: Worker, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(worker, "GIVE_BACK_SECONDS", 0.05)
    job = ignore_everything.enqueue(folder=str(tmp_path))
    until(lambda: bool(begun_by(tmp_path)))
    before = timezone.now()
    working.drain(0)
    assert (state(job), job.attempts) == ("waiting", 0)
    assert job.due and job.due >= before + worker.EXIT
    (tmp_path / "go").touch()
    until(lambda: not working._runs)
    assert state(job) == "waiting"  # what it did after that doesn't count


def test_a_draining_worker_lets_a_job_end_and_takes_no_other(working: Worker, tmp_path: Path) -> None:
    job = wait_for_file.enqueue(folder=str(tmp_path))
    until(lambda: bool(begun_by(tmp_path)))
    draining = threading.Thread(target=working.drain, args=(20,))
    draining.start()
    until(lambda: working._is_draining)
    other = add_line.enqueue(file=str(tmp_path / "lines"))
    (tmp_path / "go").touch()
    draining.join()
    assert (state(job), state(other)) == ("done", "waiting")


def test_what_is_being_taken_when_draining_begins_is_given_back_at_once(
    working: Worker, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    claim, draining = queue.claim, threading.Thread(target=working.drain, args=(0,))

    def claim_meanwhile(*given: Any) -> Job | None:
        if claimed := claim(*given):
            draining.start()
            until(lambda: working._is_draining)
        return claimed

    monkeypatch.setattr(queue, "claim", claim_meanwhile)
    job = wait_for_file.enqueue(folder=str(tmp_path))
    until(lambda: working._is_leaving)
    draining.join()
    assert (state(job), job.attempts, job.worker) == ("waiting", 0, None)
    assert job.due and job.due <= timezone.now()
    assert (begun_by(tmp_path), working._runs) == ([], set())


def test_a_lease_that_was_lost_ends_the_job_here(working: Worker, tmp_path: Path) -> None:
    job = wait_for_file.enqueue(folder=str(tmp_path))
    until(lambda: bool(begun_by(tmp_path)))
    Job.objects.update(worker=job.pk)  # another one has it now
    until(lambda: not working._runs)
    assert (state(job), job.worker) == ("running", job.pk)


def test_a_lease_that_cannot_be_renewed_ends_the_job_before_another_may_take_it(
    working: Worker, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lease = timedelta(seconds=8)
    monkeypatch.setattr(leases, "DURATION", lease)
    monkeypatch.setattr(leases, "MARGIN", lease - timedelta(seconds=0.5))  # it is told early: a busy machine may take seconds to end it
    job = wait_for_file.enqueue(folder=str(tmp_path))
    until(lambda: bool(begun_by(tmp_path)))

    def away(*given: object) -> dict:
        raise DatabaseError("away")

    begun = time.monotonic()
    with monkeypatch.context() as patch:
        patch.setattr(queue, "renew", away)
        patch.setattr(queue, "claim", away)
        until(lambda: not working._runs)
        assert time.monotonic() - begun < lease.total_seconds()
        assert state(job) == JobState.WAITING  # until it can be claimed again
