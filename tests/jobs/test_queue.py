"""A job is run by one worker at a time, ends in one way, and is lost by none that dies."""

from __future__ import annotations

import threading
import uuid
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection, transaction
from django.utils import timezone

from conversations.jobs import queue, tasks
from conversations.jobs.context import TaskContext
from conversations.models import Job, JobState
from tests.support.jobs import add_line

pytestmark = [pytest.mark.django_db, pytest.mark.every_database]

ONE, OTHER = uuid.uuid4(), uuid.uuid4()


def job(**values: Any) -> Job:
    return Job.objects.create(kind=add_line.kind, arguments={"file": "x"}, max_attempts=2, **values)


def claim(worker: uuid.UUID) -> Job | None:
    """Of any kind."""
    return queue.claim(worker, queue.due_kinds(), tasks.give_up)


def claimed(worker: uuid.UUID = ONE) -> TaskContext:
    found = claim(worker)
    assert found is not None
    return TaskContext(found)


def run_out() -> None:
    """Every lease."""
    Job.objects.filter(state=JobState.RUNNING).update(due=timezone.now() - timedelta(seconds=1))


def test_what_has_been_due_for_longest_comes_first_and_what_is_not_due_waits() -> None:
    now = timezone.now()
    later, first, second = (job(due=now + timedelta(seconds=seconds)) for seconds in (60, -9, -5))
    assert [claimed().job_id, claimed().job_id] == [first.pk, second.pk]
    assert claim(ONE) is None
    later.refresh_from_db()
    assert (later.state, later.attempts) == ("waiting", 0)


def test_run_after_is_when_it_is_due() -> None:
    moment = timezone.now() + timedelta(hours=1)
    assert add_line.using(run_after=moment).enqueue(file="x").due == moment
    assert claim(ONE) is None


@pytest.mark.django_db(transaction=True)
def test_a_transaction_that_is_rolled_back_takes_the_job_with_it() -> None:
    queue.changed.clear()
    with transaction.atomic():
        add_line.enqueue(file="x")
        transaction.set_rollback(True)
    assert not Job.objects.exists()
    assert not queue.changed.is_set()
    with transaction.atomic():
        add_line.enqueue(file="x")
        assert not queue.changed.is_set()
    assert queue.changed.is_set()


@pytest.mark.django_db(transaction=True)
def test_workers_that_look_at_once_share_the_jobs() -> None:
    for _ in range(12):
        job()
    both, found = threading.Barrier(3, timeout=20), []

    def take() -> None:
        try:
            both.wait()
            while (one := claim(uuid.uuid4())) is not None:
                found.append(one.pk)
        finally:
            connection.close()

    threads = [threading.Thread(target=take) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == len(set(found)) == 12
    assert set(Job.objects.values_list("attempts", flat=True)) == {1}


@pytest.mark.django_db(transaction=True)
def test_on_postgresql_what_another_worker_is_taking_is_passed_over() -> None:
    if connection.vendor != "postgresql":
        pytest.skip("SQLite has one writer at a time.")
    first, second = job(), job()
    is_held, may_end = threading.Event(), threading.Event()

    def hold() -> None:
        with transaction.atomic():
            Job.objects.select_for_update().get(pk=first.pk)
            is_held.set()
            may_end.wait(20)
        connection.close()

    holding = threading.Thread(target=hold)
    holding.start()
    is_held.wait(20)
    try:
        assert claimed().job_id == second.pk
        assert claim(ONE) is None
    finally:
        may_end.set()
        holding.join()


def test_a_job_whose_worker_is_gone_begins_again_and_the_earlier_attempt_counts_no_more() -> None:
    job()
    before = claimed(ONE)
    assert claim(OTHER) is None
    assert queue.renew(ONE, [before]) == {before.job_id: False}
    run_out()
    now = claimed(OTHER)
    assert (now.job_id, now.attempt) == (before.job_id, 2)
    assert queue.renew(ONE, [before]) == {}
    assert not queue.finish(ONE, before, JobState.DONE, "Done twice.")
    assert not queue.fail(ONE, before, "Failed twice.", 2)
    assert not queue.give_back(ONE, before)
    assert queue.finish(OTHER, now, JobState.DONE, "Done\x00.")
    one = Job.objects.get()
    assert (one.state, one.outcome, one.due, one.worker) == ("done", "Done\ufffd.", None, None)


def test_a_job_that_takes_its_process_along_is_not_begun_for_ever() -> None:
    job()
    for _ in range(2):
        claimed()
        run_out()
    assert claim(ONE) is None
    one = Job.objects.get()
    assert (one.state, one.error) == ("failed", "The process that ran it ended 2 times before the job was done.")


def test_a_task_is_told_of_each_job_that_it_will_not_do(monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[str] = []

    def give_up(*, file: str) -> None:
        told.append(file)
        assert file != "mistaken"

    monkeypatch.setattr("tests.support.jobs.add_line", replace(add_line, given_up=give_up))
    for file in ("lost", "mistaken", "cancelled"):
        Job.objects.create(kind=add_line.kind, arguments={"file": file}, max_attempts=1)
    running = [claimed(ONE) for _ in range(3)]
    assert queue.cancel(running[2].job_id)
    run_out()
    assert claim(OTHER) is None
    waiting = add_line.enqueue(file="waiting")
    assert tasks.cancel(waiting.pk)
    assert told == ["lost", "mistaken", "cancelled", "waiting"]
    states = dict(Job.objects.values_list("arguments__file", "state"))
    assert (states["mistaken"], states["cancelled"], states["waiting"]) == ("failed", "cancelled", "cancelled")


def test_what_fails_is_tried_again_after_growing_pauses_and_then_left() -> None:
    made, pauses = job(), []
    for attempt in range(1, 5):
        context = claimed()
        assert context.attempt == attempt
        assert queue.fail(ONE, context, f"Attempt {attempt}.", 4)
        made.refresh_from_db()
        if made.due:
            pauses.append(round((made.due - timezone.now()).total_seconds(), -1))
            Job.objects.update(due=timezone.now())
    assert pauses == [10, 60, 300]
    assert (made.state, made.error) == ("failed", "Attempt 4.")
    assert list(Job.objects.unresolved()) == [made]
    assert queue.run_again(made.pk)
    context = claimed()
    assert context.attempt == 1
    assert queue.finish(ONE, context, JobState.DONE, "Well.")
    made.refresh_from_db()
    assert (made.state, made.error, made.outcome) == ("done", "", "Well.")
    assert not Job.objects.unresolved().exists()


def test_a_waiting_job_is_cancelled_at_once_and_a_running_one_is_asked() -> None:
    waiting, running = job(due=timezone.now() + timedelta(hours=1)), job()
    context = claimed()
    assert queue.cancel(waiting.pk)
    assert queue.cancel(running.pk)
    assert queue.renew(ONE, [context]) == {running.pk: True}
    run_out()  # its process dies before it hears of it
    assert claim(OTHER) is None
    assert set(Job.objects.values_list("state", flat=True)) == {"cancelled"}
    assert not queue.cancel(running.pk)
    assert not queue.run_again(uuid.uuid4())


def test_what_the_schedule_did_later_resolves_what_failed() -> None:
    failed = job(slot="2026-03-10", state=JobState.FAILED, due=None)
    by_hand = job(state=JobState.FAILED, due=None)
    job(state=JobState.DONE, due=None)
    assert set(Job.objects.unresolved()) == {failed, by_hand}
    job(slot="2026-03-11", state=JobState.DONE, due=None)
    assert set(Job.objects.unresolved()) == {by_hand}
