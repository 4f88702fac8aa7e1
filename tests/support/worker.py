"""What a worker process does: it takes over what the controller has loaded, and runs one group of tests after the other."""

from __future__ import annotations

import atexit
import logging
import os
import sys
import traceback
from collections import deque
from collections.abc import Callable
from multiprocessing.connection import Connection
from types import SimpleNamespace
from typing import Any

import pytest
from _pytest.config import create_terminal_writer

from . import data_stack

Group = list[int]
"""Tests that one worker runs in a row, by their place in the session."""


class Telling:
    """In a worker: a plugin that collects what pytest reports of one test after the other."""

    def __init__(self, config: pytest.Config, connection: Connection) -> None:
        self._config, self._connection = config, connection
        self._reports: list[dict[str, Any]] = []
        self._past = True
        config.pluginmanager.register(self)
        self._past = False

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        self._reports.append(self._config.hook.pytest_report_to_serializable(config=self._config, report=report))

    def pytest_warning_recorded(self, warning_message: Any, when: str, nodeid: str, location: Any) -> None:
        if self._past:  # pytest repeats all warnings so far to each new plugin
            return
        told = {name: getattr(warning_message, name) for name in ("category", "filename", "lineno")}
        message = SimpleNamespace(**told, message=str(warning_message.message), line=None, source=None)
        self._connection.send(("warn", {"warning_message": message, "when": when, "nodeid": nodeid, "location": location}))

    def finished(self, index: int) -> None:
        self._connection.send(("ran", index, self._reports))
        self._reports = []

    def next_group(self) -> Group:
        self._connection.send(("ask",))
        return self._connection.recv()


def work(session: pytest.Session, worker_id: str, begin: Callable[[], None], connection: Connection, not_ours: list[Connection]) -> None:
    """From the fork to the end, with what `begin` does first."""
    for each in not_ours:
        each.close()
    atexit._clear()  # what is registered there is the controller's to do
    failed = True
    try:
        begin()
        _take_over(session.config, worker_id)
        telling = Telling(session.config, connection)
        try:
            data_stack.with_room(_run_tests, session, telling)
        finally:
            session._setupstate.teardown_exact(None)
        failed = False
    except (KeyboardInterrupt, EOFError, BrokenPipeError):  # the controller is ending, or gone
        pass
    except BaseException:  # noqa: BLE001 – as at the end of any process
        traceback.print_exc()
    finally:
        atexit._run_exitfuncs()
        sys.stderr.flush()
        os._exit(failed)


def _run_tests(session: pytest.Session, telling: Telling) -> None:
    given = deque(telling.next_group())
    while given:
        index = given.popleft()
        if not given:
            given.extend(telling.next_group())  # what is run next decides which fixtures the end of this one takes down
        following = session.items[given[0]] if given else None
        item = session.items[index]
        item.ihook.pytest_runtest_protocol(item=item, nextitem=following)
        telling.finished(index)
        if session.shouldfail or session.shouldstop:
            return


def _take_over(config: pytest.Config, worker_id: str) -> None:
    """Give the worker what it can't share with the controller."""
    config.workerinput = {"workerid": worker_id}  # type: ignore[attr-defined]  # what other plugins know a worker by
    folders = config._tmp_path_factory  # type: ignore[attr-defined]
    folders._given_basetemp, folders._basetemp = folders.getbasetemp() / f"popen-{worker_id}", None
    capture = config.pluginmanager.getplugin("capturemanager")
    capture.stop_global_capturing()  # its files are the controller's
    capture.start_global_capturing()
    for handler in logging.root.handlers:  # else each line that is logged is an error of logging, with all that led to it
        if type(handler) is logging.StreamHandler:
            handler.stream = sys.stderr
    capture.suspend_global_capture()
    config.pluginmanager.unregister(name="terminalreporter")
    config.pluginmanager.register(SimpleNamespace(_tw=create_terminal_writer(config, sys.stderr)), "terminalreporter")
