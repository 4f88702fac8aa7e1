"""Functions that run in the background. Names and calls are those of Django 6's `django.tasks`, as far as they go."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from django.utils.module_loading import import_string

from conversations.models import Job

from . import queue
from .context import TaskContext

MAX_ATTEMPTS = 3


class UnknownTask(Exception):
    """This version of the program has no such task."""


@dataclass(frozen=True, kw_only=True)
class Task:
    """Its function may be begun again after it broke off anywhere, and answers in a sentence what it did."""

    function: Callable[..., str]
    title: str
    """What it does, as the admin lists it: such as “Delete expired sessions”."""
    takes_context: bool = False
    max_attempts: int = MAX_ATTEMPTS
    run_after: datetime | None = None

    @property
    def kind(self) -> str:
        """By which a worker finds it."""
        return f"{self.function.__module__}.{self.function.__qualname__}"

    def using(self, *, run_after: datetime) -> Task:
        """The same, not run before this time."""
        return replace(self, run_after=run_after)

    def enqueue(self, **arguments: Any) -> Job:
        """Have a worker call it with these arguments, which JSON can hold. A transaction that is rolled back takes the job with it."""
        return queue.put(self.kind, arguments, self.max_attempts, self.run_after)

    def call(self, context: TaskContext, arguments: dict[str, Any]) -> str:
        return self.function(context, **arguments) if self.takes_context else self.function(**arguments)


def task(*, title: str, takes_context: bool = False, max_attempts: int = MAX_ATTEMPTS) -> Callable[[Callable[..., str]], Task]:
    """Make the function a task. With `takes_context`, a TaskContext is its first argument."""

    def made(function: Callable[..., str]) -> Task:
        return Task(function=function, title=title, takes_context=takes_context, max_attempts=max_attempts)

    return made


def find(kind: str) -> Task:
    """The task of a job of this kind, whose module is imported for it: nothing has to be registered. Raises UnknownTask."""
    try:
        found = import_string(kind)
    except ImportError as error:
        raise UnknownTask(kind) from error
    if not isinstance(found, Task):
        raise UnknownTask(kind)
    return found
