"""Worker processes that run tests at the same time: forks of the process that has imported and collected them.

pytest-xdist's workers each import Django and collect all tests by themselves, which took seven seconds of processor time for each. These
take over what is loaded, and ask the controller for one group of tests after the other.
"""

from __future__ import annotations

import contextlib
import multiprocessing
import os
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from multiprocessing.connection import Connection, wait
from types import SimpleNamespace
from typing import Any

import pytest

from .worker import Group, work

FORKING = multiprocessing.get_context("fork")
WORTH_HELPING = 8
"""A worker that found no more tests is replaced by one for another queue where at least so many groups are left."""
SECONDS_TO_END = 20
"""How long a worker that is interrupted may take to end what it started."""


@dataclass
class Queue:
    """Groups of tests that run with the same settings."""

    name: str
    groups: deque[Group]
    workers: int
    """How many take them at first."""
    most: int
    """How many may, once others have nothing to do."""
    begin: Callable[[int], None]
    """Called in the worker with this number, of those that the queue has, before it runs tests: there it makes its settings."""
    told: str = ""
    """What is said with the name of a test that ran with these settings."""
    replaced: bool = True
    """Whether a worker that finds nothing here any more is replaced by one for another queue."""

    def named(self, nodeid: str) -> str:
        if not self.told:
            return nodeid
        return f"{nodeid.removesuffix(']')}, {self.told}]" if nodeid.endswith("]") else f"{nodeid}[{self.told}]"


@dataclass
class Worker:
    id: str
    queue: Queue
    number: int
    connection: Connection = field(init=False)
    process: Any = field(init=False)
    given: deque[int] = field(default_factory=deque)
    """What it has not finished."""


class Controller:
    """Starts the workers, gives them groups, and reports what they tell."""

    def __init__(self, session: pytest.Session, queues: list[Queue]) -> None:
        self._session, self._queues = session, queues
        self._workers: list[Worker] = []
        self._started = 0
        session.testscollected = sum(len(group) for queue in queues for group in queue.groups)
        reporter = session.config.pluginmanager.get_plugin("terminalreporter")
        if reporter is not None:
            reporter.showfspath = False  # tests of several modules run at once: each would begin a line with its module's name

    def run(self) -> None:
        """Raises as pytest's own loop does: Session.Failed, Session.Interrupted."""
        try:
            for queue in self._queues:
                for number in range(min(queue.workers, len(queue.groups))):
                    self._start(queue, number)
            while self._workers:
                by_connection = {worker.connection: worker for worker in self._workers}
                for connection in wait(list(by_connection)):
                    self._hear(by_connection[connection])  # type: ignore[index]
                if self._session.shouldfail:
                    raise self._session.Failed(self._session.shouldfail)
                if self._session.shouldstop:
                    raise self._session.Interrupted(self._session.shouldstop)
        finally:
            self._end_all()

    def _start(self, queue: Queue, number: int) -> None:
        worker = Worker(f"gw{self._started}", queue, number)
        self._started += 1
        worker.connection, theirs = FORKING.Pipe()  # type: ignore[assignment]
        ours = [each.connection for each in self._workers] + [worker.connection]
        begin = partial(queue.begin, number)
        worker.process = FORKING.Process(target=work, args=(self._session, worker.id, begin, theirs, ours))
        worker.process.start()
        theirs.close()
        self._workers.append(worker)

    def _hear(self, worker: Worker) -> None:
        message = None
        with contextlib.suppress(EOFError, ConnectionResetError):
            message = worker.connection.recv()
        if message is None:  # not while the error is handled: it would be the context of all errors in a worker that is forked then
            self._ended(worker)
            return
        what, *told = message
        config = self._session.config
        if what == "ask":
            group = worker.queue.groups.popleft() if worker.queue.groups else []
            worker.given.extend(group)
            worker.connection.send(group)
        elif what == "warn":
            config.hook.pytest_warning_recorded.call_historic(kwargs=told[0])
        else:
            index, reports = told
            worker.given.remove(index)
            read = config.hook.pytest_report_from_serializable
            self._report(worker, index, [read(config=config, data=each) for each in reports])

    def _report(self, worker: Worker, index: int, reports: list[pytest.TestReport]) -> None:
        item = self._session.items[index]
        item.ihook.pytest_runtest_logstart(nodeid=item.nodeid, location=item.location)
        for report in reports:
            report.nodeid = worker.queue.named(report.nodeid)
            # As of xdist's workers, so that pytest doesn't name the file each time that another worker's test ends.
            report.__dict__["node"] = SimpleNamespace(
                gateway=SimpleNamespace(id=worker.id), _workerinfocache=f"[{worker.id}, {worker.queue.name}]"
            )
            item.ihook.pytest_runtest_logreport(report=report)
        item.ihook.pytest_runtest_logfinish(nodeid=item.nodeid, location=item.location)

    def _ended(self, worker: Worker) -> None:
        self._workers.remove(worker)
        worker.process.join()
        queue = worker.queue
        if worker.given:  # it runs them in this order
            item, code = self._session.items[index := worker.given.popleft()], worker.process.exitcode
            crash = f"The worker {worker.id} ended with code {code} amid this test."
            self._report(worker, index, [pytest.TestReport(item.nodeid, item.location, {}, "failed", crash, "call")])
            if worker.given:
                queue.groups.appendleft(list(worker.given))
        elif worker.process.exitcode:
            raise RuntimeError(f"The worker {worker.id} ended with code {worker.process.exitcode}.")
        if queue.groups:
            self._start(queue, worker.number)
            return
        for other in self._queues if queue.replaced else ():
            running = sum(each.queue is other for each in self._workers)
            if running < other.most and len(other.groups) >= WORTH_HELPING:
                self._start(other, running)
                return

    def _end_all(self) -> None:
        for worker in self._workers:
            with contextlib.suppress(ProcessLookupError):
                os.kill(worker.process.pid, 2)  # it then ends what it started
        for worker in self._workers:
            worker.process.join(SECONDS_TO_END)
            worker.process.kill()
