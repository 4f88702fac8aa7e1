"""What is asked of the database at the same moment is asked in one go: one way to its thread and back, and one transaction."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from contextvars import Context, copy_context
from functools import partial
from typing import Any, NamedTuple, TypeVar

from channels.db import database_sync_to_async
from django.db import InterfaceError, OperationalError, close_old_connections, connection, transaction

T = TypeVar("T")

MOST_AT_ONCE = 8
"""None of them is heard of before all are done."""


_together = threading.local()


def job_transaction() -> transaction.Atomic:
    """The transaction of a job that hardly ever fails; elsewhere an ordinary one.

    It makes no savepoint in a transaction that jobs share: that is undone when such a job fails, and each is done alone.
    """
    return transaction.atomic(savepoint=not is_shared())


def is_shared() -> bool:
    """Whether jobs share the transaction of this thread.

    Rows that one of them locks in their order may come before those that an earlier one locked: two processes could wait for each other,
    until PostgreSQL ends one of them a second later. A job that doesn't wait for its locks there has all undone, and each is done alone.
    """
    return bool(getattr(_together, "is_one_transaction", False))


class _Job(NamedTuple):
    work: Callable[[], Any]
    outcome: asyncio.Future[Any]
    context: Context


class _Failure(NamedTuple):
    error: Exception


class _Undone(Exception):
    """A job left the transaction that it shares with others in a state in which it can only be undone."""


class DatabaseJobs:
    """Those of one event loop. A job is synchronous, and has a transaction of its own around what belongs together.

    It may be done twice: where the shared transaction fails, it is undone, and each job is done alone.
    """

    def __init__(self) -> None:
        self._waiting: list[_Job] = []
        self._worker: asyncio.Task[None] | None = None

    async def do(self, work: Callable[[], T]) -> T:
        """What the job returns, or raises, once it is committed. One that has begun is completed even if its caller is cancelled."""
        job = _Job(work, asyncio.get_running_loop().create_future(), copy_context())
        self._waiting.append(job)
        if self._worker is None:
            self._worker = asyncio.create_task(self._work(), context=Context())
        result: T = await job.outcome
        return result

    async def do_for_caller(self, work: Callable[[], T], undo: Callable[[T], object]) -> T:
        """The same for what nothing but the caller goes on with: where it is cancelled meanwhile, another job undoes what was done.

        However often it is cancelled: the server does so again where a request takes long to end.
        """
        doing = asyncio.ensure_future(self.do(work))
        try:
            return await asyncio.shield(doing)
        except asyncio.CancelledError:
            await asyncio.shield(self._undo(doing, undo))
            raise

    async def _undo(self, doing: asyncio.Future[T], undo: Callable[[T], object]) -> None:
        done = await doing
        await self.do(partial(undo, done))

    async def _work(self) -> None:
        try:
            while self._waiting:
                batch = [job for job in self._waiting[:MOST_AT_ONCE] if not job.outcome.cancelled()]
                del self._waiting[:MOST_AT_ONCE]
                if batch:
                    await self._do_together(batch)
        finally:
            self._worker = None

    async def _do_together(self, batch: list[_Job]) -> None:
        results: list[Any] = []
        try:
            results = await _in_its_thread(batch)
        except Exception as error:  # noqa: BLE001  (each caller hears of it)
            results = [_Failure(error)] * len(batch)
        finally:
            for job in batch[len(results) :]:  # this process ends
                job.outcome.cancel()
        for job, result in zip(batch, results, strict=True):
            if job.outcome.done():
                continue
            if isinstance(result, _Failure):
                job.outcome.set_exception(result.error)
            else:
                job.outcome.set_result(result)


def _done(batch: list[_Job]) -> list[Any]:
    if len(batch) == 1 and connection.vendor == "sqlite":  # what only reads needs no transaction there, which would be the only writer
        return [_alone(batch[0])]
    _together.is_one_transaction = True
    try:
        with transaction.atomic():
            results = []
            for job in batch:
                results.append(_result(job))
                if not _can_go_on():
                    raise _Undone
        return results
    except Exception as error:  # noqa: BLE001  (each job meets it again, if it was its own)
        close_old_connections()
        if connection.vendor != "sqlite" and isinstance(error, OperationalError | InterfaceError):
            return [_Failure(error)] * len(batch)  # the connection broke: they may be committed, which each caller finds out
    finally:
        _together.is_one_transaction = False
    return [_alone(job) for job in batch]


def _can_go_on() -> bool:
    """Whether the transaction that jobs share is as it should be after one of them."""
    if connection.needs_rollback or (driver := connection.connection) is None:
        return False
    if connection.vendor == "sqlite":
        return bool(driver.in_transaction)  # SQLite ends it where the disk is full
    return driver.info.transaction_status.name in ("IDLE", "INTRANS")  # and not after a statement that failed


def _alone(job: _Job) -> Any:
    result = _result(job)
    if isinstance(result, _Failure):
        close_old_connections()  # the next one must not find a connection that broke
    return result


def _result(job: _Job) -> Any:
    try:
        return job.context.run(job.work)
    except Exception as error:  # noqa: BLE001  (its caller hears of it)
        return _Failure(error)


_in_its_thread = database_sync_to_async(_done)
"""Made once: it asks `inspect` about its function."""
