"""Run background jobs in a process of its own, beside those that serve or in their place."""

from __future__ import annotations

import contextlib
import os
import signal
import threading
from time import sleep
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand
from django.db import DatabaseError, InterfaceError, connections

from conversations.management import database, file_modes, temporary_files

WAIT_SECONDS = 1.0


class Command(BaseCommand):
    help = __doc__ or ""
    requires_system_checks = []  # noqa: RUF012  (they take longer than the start; `make check` runs them)

    def handle(self, *args: Any, **options: Any) -> None:
        stop, at_once = threading.Event(), threading.Event()
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            if number != signal.SIGHUP or signal.getsignal(number) != signal.SIG_IGN:  # nohup has it ignored
                signal.signal(number, lambda *_: (at_once if stop.is_set() else stop).set())
        file_modes.keep_private(settings.DATA_DIR, settings.DATABASES["default"])
        temporary_files.ensure_folder()
        self._wait_for_database(stop)
        self._work(stop, at_once)
        os._exit(0)  # an ordinary exit waits for threads, and one may wait for a database that never answers

    def _say(self, text: str) -> None:
        with contextlib.suppress(OSError):  # a terminal that was closed must not keep us from draining
            self.stdout.write(text)
            self.stdout.flush()

    def _wait_for_database(self, stop: threading.Event) -> None:
        """`serve` migrates it, and may start at the same time."""
        is_told = False
        while not stop.is_set() and (reason := _missing()):
            if not is_told:
                self._say(f"Waiting: {reason}.")
            is_told = True
            sleep(WAIT_SECONDS)

    def _work(self, stop: threading.Event, at_once: threading.Event) -> None:
        from conversations.jobs.worker import Worker
        from conversations.management.schedule import SCHEDULE
        from conversations.usage.ledger import otlp_metrics, trace_export

        worker = Worker(SCHEDULE)
        if not stop.is_set():
            worker.start()
            self._say("Working.")
        stop.wait()
        self._say("Stopping …")
        draining = threading.Thread(target=worker.drain, args=(settings.DRAIN_SECONDS,), daemon=True)
        draining.start()
        while draining.is_alive() and not at_once.is_set():
            draining.join(0.1)
        worker.drain(0)
        trace_export.flush()
        otlp_metrics.flush()


def _missing() -> str:
    """What keeps jobs from being run; empty where nothing does."""
    try:
        return "the database is not up to date yet, which `manage.py serve` sees to" if database.is_behind() else ""
    except (DatabaseError, InterfaceError) as error:
        return f"the database can't be used ({error})"
    finally:
        connections.close_all()
