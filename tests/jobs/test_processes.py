"""Real processes: a killed one's job begins again in another, one that is told to stop gives its job back, and no job is run twice."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from conversations.management.schedule import SCHEDULE
from tests.support.forks import FORKS, Forked
from tests.support.jobs import add_line, begun_by, put, state_of, until, wait_for_file
from tests.support.serving import Served, Serving

pytestmark = pytest.mark.every_database

Working = Callable[[Served], Forked]


@pytest.fixture
def work() -> Iterator[Working]:
    """Starts `manage.py work` beside a site."""
    started: list[Forked] = []

    def start(site: Served) -> Forked:
        started.append(FORKS.start(("-m", "tests.support.short_leases", "work"), site.environment))
        return started[-1]

    yield start
    for process in started:
        process.kill()
        process.wait()
        assert process.stdout is not None
        process.stdout.close()


def said(process: Forked, words: str) -> str:
    assert process.stdout is not None
    for line in process.stdout:
        if words in line:
            return line
    raise AssertionError(f"It did not say “{words}”.")


def test_a_killed_server_loses_no_job(quick_serve: Serving, tmp_path: Path) -> None:
    new = quick_serve(JOBS_IN_SERVE="off")
    new.rows("DELETE FROM conversations_job")  # the template's, whose daily ones are done
    new.kill()
    site = quick_serve(data_dir=new.data_dir)
    job = put(site, wait_for_file.kind, folder=str(tmp_path))
    until(lambda: len(begun_by(tmp_path)) == 1)
    assert state_of(site, job) == ("running", 1)
    site.kill()
    again = quick_serve(data_dir=site.data_dir)
    until(lambda: len(begun_by(tmp_path)) == 2)
    (tmp_path / "go").touch()
    until(lambda: state_of(again, job) == ("done", 2))
    assert begun_by(tmp_path) == [site.process.pid, again.process.pid]
    daily = "SELECT count(*) FROM conversations_job WHERE slot IS NOT NULL"
    until(lambda: again.rows(f"{daily} AND state = 'done'") == [(len(SCHEDULE),)])  # those that ran when it was killed, too
    assert again.rows(daily) == [(len(SCHEDULE),)]  # each of the day once
    again.kill()


def test_a_server_that_is_told_to_stop_gives_its_job_back(quick_serve: Serving, tmp_path: Path) -> None:
    site = quick_serve(DRAIN_SECONDS="0.2")
    job = put(site, wait_for_file.kind, folder=str(tmp_path))
    until(lambda: len(begun_by(tmp_path)) == 1)
    assert site.stop() == 0
    assert state_of(site, job) == ("waiting", 0)
    again = quick_serve(data_dir=site.data_dir)
    until(lambda: len(begun_by(tmp_path)) == 2)
    (tmp_path / "go").touch()
    assert again.stop() == 0  # it has ten seconds to end
    assert state_of(again, job) == ("done", 1)


def test_work_processes_share_the_queue(quick_serve: Serving, work: Working, tmp_path: Path) -> None:
    site = quick_serve(JOBS_IN_SERVE="off")
    lines = [put(site, add_line.kind, file=str(tmp_path / "lines")) for _ in range(30)]
    long = put(site, wait_for_file.kind, folder=str(tmp_path))
    first, second = work(site), work(site)
    until(lambda: all(state_of(site, job) == ("done", 1) for job in lines))
    assert sorted((tmp_path / "lines").read_text().split()) == sorted(str(job) for job in lines)
    until(lambda: len(begun_by(tmp_path)) == 1)
    (holder,) = begun_by(tmp_path)
    os.kill(holder, signal.SIGKILL)
    until(lambda: len(begun_by(tmp_path)) == 2)
    other = second if holder == first.pid else first
    assert begun_by(tmp_path) == [holder, other.pid]
    said(other, "Working")
    other.send_signal(signal.SIGTERM)
    said(other, "Stopping")
    (tmp_path / "go").touch()
    assert other.wait(20) == 0
    assert state_of(site, long) == ("done", 2)
    site.kill()


def test_work_waits_until_the_database_is_migrated(quick_serve: Serving, work: Working, tmp_path: Path) -> None:
    site = quick_serve(JOBS_IN_SERVE="off")
    job = put(site, add_line.kind, file=str(tmp_path / "lines"))
    newest = site.rows("SELECT app, name, applied FROM django_migrations WHERE app = 'conversations' ORDER BY name DESC LIMIT 1")[0]
    site.rows("DELETE FROM django_migrations WHERE app = %s AND name = %s", *newest[:2])
    process = work(site)
    said(process, "Waiting: the database is not up to date yet")
    assert state_of(site, job) == ("waiting", 0)
    site.rows("INSERT INTO django_migrations (app, name, applied) VALUES (%s, %s, %s)", *newest)
    said(process, "Working")
    until(lambda: state_of(site, job) == ("done", 1))
    site.kill()
