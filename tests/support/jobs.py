"""Jobs of tests: their tasks, and how they are put into the queue of a served site and looked at there."""

from __future__ import annotations

import json
import os
import time
import uuid
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from django.db import connection

from conversations.jobs import tasks
from conversations.jobs.context import TaskContext
from conversations.jobs.tasks import task
from conversations.models import Job

from .serving import Served


@task(title="Wait for a file", takes_context=True)
def wait_for_file(context: TaskContext, *, folder: str) -> str:
    """Adds its process to the file `begun` in the folder, and is halfway until there is a file `go`."""
    with Path(folder, "begun").open("a") as file:
        file.write(f"{os.getpid()}\n")
    while not Path(folder, "go").exists():
        context.progress(1, 2)
        time.sleep(0.01)
    context.progress(2, 2)
    return "It was there."


@task(title="Ignore everything", takes_context=True)
def ignore_everything(context: TaskContext, *, folder: str) -> str:
    """The same, without a look at whether it is to stop."""
    with Path(folder, "begun").open("a") as file:
        file.write(f"{os.getpid()}\n")
    while not Path(folder, "go").exists():
        time.sleep(0.01)
    return "It was there."


@task(title="Add a line", takes_context=True)
def add_line(context: TaskContext, *, file: str) -> str:
    with Path(file).open("a") as lines:
        lines.write(f"{context.job_id}\n")
    return "A line more."


@task(title="Lose the connection")
def lose_connection() -> str:
    """To PostgreSQL, as when that is restarted."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_terminate_backend(pg_backend_pid())")
    return "It was not lost."


@task(title="Fail", max_attempts=2)
def fail(*, words: str) -> str:
    raise ValueError(words)


def begun_by(folder: Path) -> list[int]:
    """The processes that began `wait_for_file`, one for each time."""
    file = folder / "begun"
    return [int(line) for line in file.read_text().splitlines()] if file.exists() else []


def run(job: Job) -> str:
    """What its task says, called here."""
    return tasks.find(job.kind).call(TaskContext(job), job.arguments)


def put(site: Served, kind: str, **arguments: Any) -> uuid.UUID:
    """Into the queue of a served site."""
    pk, now = uuid.uuid4(), datetime.now(UTC).replace(tzinfo=None).isoformat(" ")
    made = {"id": pk.hex, "kind": kind, "arguments": json.dumps(arguments), "due": now, "created": now}
    values = {**made, "state": "waiting", "attempts": 0, "max_attempts": 3, "cancel_asked": False, "outcome": "", "error": ""}
    columns, marks = ", ".join(values), ", ".join(["%s"] * len(values))
    site.rows(f"INSERT INTO conversations_job ({columns}) VALUES ({marks})", *values.values())
    return pk


def state_of(site: Served, pk: uuid.UUID) -> tuple[str, int]:
    """Its state, and how often it was begun."""
    ((state, attempts),) = site.rows("SELECT state, attempts FROM conversations_job WHERE id = %s", pk.hex)
    return state, attempts


def until(true: Any, seconds: float = 30) -> None:
    """Look until it is true."""
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline, "It did not become true."
        time.sleep(0.01)
