"""What served sites start from: a migrated database with people who are signed in and the day's jobs done, and gathered static files. Made
once a run.

Run as a program with the settings of the site to be made; DATA_DIR is where the files go.
"""

from __future__ import annotations

import fcntl
import os
import shutil
import signal
import tempfile
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg

from .forks import FOLDER, FORKS

PEOPLE = ("alice", "bob", "carol", *(f"person{number}" for number in range(120)))
ENVIRONMENT = {"DJANGO_SETTINGS_MODULE": "chatbot.settings", "SECRET_KEY": "only-for-tests-and-never-elsewhere", "REDIS_URL": ""}

MORE_SECONDS = 600.0


def session_key(name: str) -> str:
    """The key of the session in which this person is signed in on every site that starts from the template."""
    assert name in PEOPLE, f"The template has no {name}."
    return f"{name}session".ljust(32, "0")


@contextmanager
def folder() -> Iterator[None]:
    """The folder of templates for this process and all that it starts, unless there is one already."""
    if FOLDER in os.environ:
        yield
        return
    os.environ[FOLDER] = made = tempfile.mkdtemp(prefix="chatbot-templates-")
    try:
        yield
    finally:
        del os.environ[FOLDER]
        shutil.rmtree(made, ignore_errors=True)


def of_files() -> Path:
    """A data folder with a migrated `db.sqlite3` and gathered static files."""
    return Path(once("files", lambda path: _make(path, "")))


def of_postgresql(base: str) -> str:
    """The name of the database to copy on the PostgreSQL server with this address."""

    def made(path: str) -> None:
        name = f"template_{uuid.uuid4().hex[:12]}"
        with psycopg.connect(base, autocommit=True) as connection:
            connection.execute(f"CREATE DATABASE {name}")
        _make(str(of_files()), f"{base.rsplit('/', 1)[0]}/{name}")
        Path(path).write_text(name)

    return Path(once(f"postgresql-{base.rsplit(':', 1)[1].replace('/', '-')}", made)).read_text()


def once(name: str, make: Callable[[str], None]) -> str:
    """The path of what goes by this name in the run, which the first process that asks makes while the others wait."""
    path = Path(os.environ[FOLDER]) / name
    with _more_time(), path.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not path.exists():
            make(str(path))
    return str(path)


@contextmanager
def _more_time() -> Iterator[None]:
    """The limit of the test that needs it first, which is an alarm, is no limit of what all tests need: on a busy machine that takes as long."""
    left, _ = signal.getitimer(signal.ITIMER_REAL)
    if left:
        signal.setitimer(signal.ITIMER_REAL, left + MORE_SECONDS)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, left)


def _make(data_dir: str, database_url: str) -> None:
    given = {**ENVIRONMENT, "DATA_DIR": data_dir, "DATABASE_URL": database_url}
    code, _, complaints = FORKS.run(("-m", __name__), {**os.environ, **given}, MORE_SECONDS)
    if code:
        shutil.rmtree(data_dir, ignore_errors=True)
        raise RuntimeError(f"The template could not be made:\n{complaints}")


def main() -> None:
    import django

    django.setup()
    from django.conf import settings
    from django.db import connection

    from conversations.management import database, static_files

    from .migrated import migrated

    migrated(database.migrate_if_needed)
    _add_people()
    _do_daily_jobs()
    connection.close()
    kept = Path("var/static")
    if not Path(settings.STATIC_ROOT).exists() and (kept / ".gathered").exists():
        shutil.copytree(kept, settings.STATIC_ROOT)  # what is out of date is gathered again
    static_files.gather_if_changed(lambda _: None)


def _add_people() -> None:
    from datetime import timedelta

    from django.conf import settings
    from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
    from django.contrib.sessions.backends.db import SessionStore
    from django.contrib.sessions.models import Session
    from django.utils import timezone

    from conversations.models import User

    people = User.objects.bulk_create(User(username=name, password="!") for name in PEOPLE)
    Session.objects.bulk_create(
        Session(
            session_key=session_key(user.username),
            session_data=SessionStore().encode(
                {
                    SESSION_KEY: str(user.pk),
                    BACKEND_SESSION_KEY: settings.AUTHENTICATION_BACKENDS[0],
                    HASH_SESSION_KEY: user.get_session_auth_hash(),
                }
            ),
            expire_date=timezone.now() + timedelta(days=7),
        )
        for user in people
    )


def _do_daily_jobs() -> None:
    """They have nothing to do on a new site, and took a fifth of what each start of one costs."""
    from django.utils import timezone

    from conversations.jobs.schedule import put_due
    from conversations.management.schedule import SCHEDULE
    from conversations.models import Job, JobState

    put_due(SCHEDULE, now := timezone.now())
    Job.objects.update(state=JobState.DONE, due=None, finished=now)


if __name__ == "__main__":
    main()
