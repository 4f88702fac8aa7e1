"""Migrate, gather static files, start what answers, serve pages and sockets, and end without losing a reply."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import socket
import sys
import traceback
from argparse import ArgumentParser, ArgumentTypeError
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand
from django.db import connections

from conversations.management import (
    database,
    file_modes,
    listening,
    open_files,
    redis_server,
    static_files,
    stop_signals,
    temporary_files,
    warm_up,
)
from conversations.management.problems import StartProblem


class Command(BaseCommand):
    help = __doc__ or ""
    requires_system_checks = []  # noqa: RUF012  (they take longer than the start; `make check` runs them)

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--host", default="127.0.0.1", help="the address to listen on (default: %(default)s; 0.0.0.0 is all of them)")
        parser.add_argument("--port", default=8000, type=_port, help="default: %(default)s; 0 lets the system choose")

    def handle(self, *args: Any, host: str, port: int, **options: Any) -> None:
        signal.signal(signal.SIGTERM, signal.default_int_handler)  # until the server takes over; a container's first process has no default
        try:
            open_files.raise_limit()
            file_modes.keep_private(settings.DATA_DIR, settings.DATABASES["default"])
            listener = listening.bind(host, port)
            temporary_files.ensure_folder()
            redis_server.reach()
            if database.migrate_if_needed():
                self.say("The database is up to date.")
            self.reseal_keys()
            static_files.gather_if_changed(self.say)
            self.serve(listener, listening.address(listener, host))
        except StartProblem as problem:
            sys.exit(str(problem))
        except KeyboardInterrupt:
            sys.exit(130)

    def reseal_keys(self) -> None:
        """With the newest secret, so that older ones can go."""
        from conversations.management import sealing

        result = sealing.reseal_all(binding=False)
        sealing.bind_later()
        if result.resealed:
            self.say(f"{result.resealed} secret{'s were' if result.resealed != 1 else ' was'} resealed with the newest KEY_SECRET.")
        if unreadable := result.unreadable:
            self.say(
                f"{len(unreadable)} secret{'s' if len(unreadable) != 1 else ''} can't be opened: {', '.join(unreadable)}. "
                "Enter keys again in the admin, draw new secrets of webhooks, or name what they were sealed with in OLD_KEY_SECRETS."
            )

    def serve(self, listener: socket.socket, address: str) -> None:
        # Only now: these bring the whole application with them, and a start that fails should fail at once.
        # With them what talks to providers, which other commands leave out: it takes a third of a second, which no answer is to wait for.
        from chatbot.asgi import application
        from conversations.management.server import Server
        from conversations.providers import opening  # noqa: F401

        greeting = self.greeting(address)
        connections.close_all()
        listening.listen(listener)
        server = Server(application, listener, lambda server: self.main(server, greeting))
        server.run()
        if server.failure is not None:
            traceback.print_exception(server.failure)
        for stream in (self.stdout, self.stderr):
            with contextlib.suppress(OSError):  # a terminal that is gone
                stream.flush()
        os._exit(1 if server.failure else 0)  # an ordinary exit waits for threads, and one may wait for a database that never answers

    async def main(self, server: Any, greeting: str) -> None:
        from conversations.jobs.worker import Worker
        from conversations.management import removed_words, write_ahead_log
        from conversations.management.schedule import SCHEDULE
        from conversations.processes import recovery, supervisor
        from conversations.providers import embedded
        from conversations.usage.ledger import otlp_metrics, trace_export

        stop, at_once = stop_signals.heard()
        self.supervisor = supervisor.Supervisor()
        supervisor.install(self.supervisor)
        self.worker = Worker(SCHEDULE)
        recovering = recovery.RecoveryLoop(self.supervisor)
        for_ever = (recovering.run(), write_ahead_log.keep_emptying(), removed_words.keep_erasing())
        service_tasks = [asyncio.ensure_future(work) for work in for_ever]
        if settings.REDIS_URL:
            service_tasks.append(asyncio.ensure_future(self.supervisor.peers.connect(settings.REDIS_URL, recovering.search_now)))
        warm = asyncio.ensure_future(asyncio.to_thread(warm_up.load))
        if settings.JOBS_IN_SERVE:
            warm.add_done_callback(lambda _: self.worker.start())  # the first page comes first
        try:
            self.say(greeting)
            await stop.wait()
            self.say("Stopping …")
            await stop_signals.unless(at_once, self.drain(server))
        finally:
            for task in service_tasks:
                task.cancel()
            worker_ends = asyncio.ensure_future(asyncio.to_thread(self.worker.drain, 0))
            await asyncio.wait([*service_tasks, worker_ends], timeout=5)  # one that doesn't end must not keep the process
            clients = await warm
            await clients.close_all()
            await asyncio.to_thread(embedded.stop)
            await asyncio.to_thread(trace_export.flush)
            await asyncio.to_thread(otlp_metrics.flush)

    async def drain(self, server: Any) -> None:
        jobs_end = asyncio.ensure_future(asyncio.to_thread(self.worker.drain, settings.DRAIN_SECONDS))
        await server.stop_listening()
        await self.supervisor.refuse_replies()
        if await self.supervisor.peers.presence.another_serves():
            await server.close_connections(but_talks=True)  # users reconnect to another process, and follow their replies from there
        await self.supervisor.drain(settings.DRAIN_SECONDS)
        await server.close_connections()
        await jobs_end

    def say(self, text: str) -> None:
        with contextlib.suppress(OSError):  # a terminal that was closed must not keep us from draining
            self.stdout.write(text)
            self.stdout.flush()  # a program that started us through a pipe waits for the address

    def greeting(self, address: str) -> str:
        """Where it listens, which provider answers, and how the first admin is made."""
        from conversations.pages import first_admin
        from conversations.providers import base_urls, embedded
        from conversations.routing import catalog, settings_rows

        settings_rows.try_again()
        sources = catalog.read().sources
        if not catalog.latest().is_built_in:
            asked = [source.told for source in sources if source.has_models]
            answers = f"Answers come from {', else '.join(asked)}." if asked else "Nothing answers yet: no enabled provider has a model."
        elif embedded.available():
            answers = "Answers come from the small built-in model; set OPENAI_API_KEY or OPENAI_BASE_URL in .env for a better one."
        else:
            answers = "Nothing answers yet: set OPENAI_API_KEY or OPENAI_BASE_URL in .env (the built-in model isn't installed)."
        doubts = [f"OPENAI_BASE_URL: {doubt}" for doubt in base_urls.doubts(settings.OPENAI_BASE_URL)] if settings.OPENAI_BASE_URL else []
        lines = [f"{settings.SITE_NAME} is at {address}{settings.SITE_PATH}", answers, *doubts]
        if path := first_admin.path_for_first_admin():
            lines.append(f"Make the first admin at {address}{path} (works once, for a day).")
        return "\n".join(lines)


def _port(text: str) -> int:
    if not text.isdecimal() or int(text) > 65535:
        raise ArgumentTypeError(f"“{text}” is no port number: use one up to 65535, such as 8000")
    return int(text)
