"""Check the configuration, what the server needs, and the provider from the server's side; say what is wrong and how to mend it."""

from __future__ import annotations

import asyncio
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Iterator
from typing import Any, NamedTuple

from django.conf import settings
from django.contrib.staticfiles import finders
from django.core import checks
from django.core.management.base import BaseCommand
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor

from chatbot import browser_modules
from conversations.management import redis_server
from conversations.management.problems import StartProblem
from conversations.providers import clients, embedded, endpoint, model_list, opening
from conversations.providers.endpoint import Endpoint
from conversations.providers.errors import ProviderError
from conversations.providers.parts import Delta
from conversations.providers.request import Request, Turn

ANSWER_SECONDS = 60.0

MENDS = {
    "key": "Set OPENAI_API_KEY to a valid key.",
    "permission": "Allow the key to use this model and API in the provider's settings.",
    "quota": "Top up the provider's account, or use another key.",
    "model": "Set OPENAI_MODEL to a model that the provider offers.",
    "network": "Check OPENAI_BASE_URL, that the server runs, and that this machine may reach it (firewall, proxy, DNS).",
    "timeout": "Check that the server at OPENAI_BASE_URL isn't overloaded, and that nothing on the way holds answers back.",
    "rate_limit": "Wait a while, or ask the provider for higher limits.",
    "request": "Check OPENAI_BASE_URL (most end in /v1) and OPENAI_API (responses or chat_completions).",
    "interrupted": "Check that no proxy between this machine and the provider cuts or buffers streams.",
    "unavailable": "Set OPENAI_API_KEY or OPENAI_BASE_URL to use a provider.",
}


class Finding(NamedTuple):
    """One line of the report. Without a mend, all is well."""

    subject: str
    words: str
    mend: str = ""


class Command(BaseCommand):
    help = __doc__ or ""
    requires_system_checks = []  # noqa: RUF012  (they are among the findings)

    def handle(self, *args: Any, **options: Any) -> None:
        wrong = 0
        for check in (_settings, _data_folder, _database, _redis, _static_files):
            for finding in check():
                wrong += self._report(finding)
        wrong += asyncio.run(self._provider())
        if wrong:
            self.stdout.write(f"\n{wrong} {'thing is' if wrong == 1 else 'things are'} wrong.")
            sys.exit(1)
        self.stdout.write("\nAll is well.")

    async def _provider(self) -> int:
        try:
            return sum([self._report(finding) async for finding in _provider()])
        finally:
            await clients.close_all()
            await asyncio.to_thread(embedded.stop)

    def _report(self, finding: Finding) -> bool:
        if not finding.mend:
            self.stdout.write(f"{self.style.SUCCESS('ok   ')} {finding.subject}: {finding.words}")
            return False
        self.stdout.write(f"{self.style.ERROR('wrong')} {finding.subject}: {finding.words}\n      → {finding.mend}")
        return True


def _settings() -> Iterator[Finding]:
    errors = [message for message in checks.run_checks() if message.level >= checks.ERROR]
    for error in errors:
        yield Finding("Settings", str(error.msg), str(error.hint or "Correct it in .env or in the environment."))
    if not errors:
        debug = " DEBUG is on: only for development." if settings.DEBUG else ""
        yield Finding("Settings", f"they fit together.{debug}")


def _data_folder() -> Iterator[Finding]:
    try:
        with tempfile.NamedTemporaryFile(dir=settings.DATA_DIR) as file:
            file.write(b"x")
            file.flush()
    except OSError as error:
        words = f"{settings.DATA_DIR} can't be written to: {error.strerror}."
        yield Finding("Data", words, "Make it writable for this user, or set DATA_DIR.")
    else:
        yield Finding("Data", f"{settings.DATA_DIR} can be written to.")


def _database() -> Iterator[Finding]:
    name = "SQLite" if connection.vendor == "sqlite" else "PostgreSQL"
    try:
        executor = MigrationExecutor(connection)
        missing = len(executor.migration_plan(executor.loader.graph.leaf_nodes()))
    except DatabaseError as error:
        words = f"{name} can't be used: {str(error).strip().splitlines()[0]}"
        yield Finding("Database", words, "Check DATABASE_URL, that the server runs, and the name and password.")
        return
    if missing:
        yield Finding("Database", f"{missing} migrations have not been applied.", "Start `manage.py serve`, or run `manage.py migrate`.")
    else:
        yield Finding("Database", f"{name} answers, and every migration has been applied.")


def _redis() -> Iterator[Finding]:
    if not settings.REDIS_URL:
        return
    try:
        redis_server.reach()
    except StartProblem as problem:
        yield Finding("Redis", str(problem), "Correct REDIS_URL or start Redis; leave REDIS_URL empty to run in one process without it.")
    else:
        yield Finding("Redis", "it answers.")


def _static_files() -> Iterator[Finding]:
    files = [*browser_modules.NPM_MODULES.values(), *browser_modules.own_modules().values()]
    missing = [name for name in files if finders.find(name) is None]
    if missing:
        yield Finding("Static files", f"{missing[0]} is missing.", "Run `make run`, which installs the page's packages.")
    else:
        gathered = settings.DEBUG or (settings.STATIC_ROOT / "staticfiles.json").is_file()
        yield Finding("Static files", "they are in place." if gathered else "they are here; `manage.py serve` will compress them.")


async def _provider() -> AsyncIterator[Finding]:
    try:
        provider = endpoint.configured() or await embedded.ready()
    except ProviderError as error:
        yield _finding("Provider", error)
        return
    where = "the built-in model" if endpoint.configured() is None else f"{provider.base_url} ({provider.api})"
    listed: list[str] = []
    try:
        listed = await model_list.list_models(provider)
    except ProviderError as error:
        if error.status not in (404, 405, 501):
            yield _finding("Provider", error, where)
            return
        yield Finding("Provider", f"{where} answers; it does not list its models.")
    else:
        yield Finding("Provider", f"{where} answers and lists {len(listed)} model{'s' if len(listed) != 1 else ''}.")
    if listed and provider.model and provider.model not in listed:
        choice = ", ".join(listed[:5])
        yield Finding("Model", f"{provider.model} is not among the {len(listed)} listed.", f"Set OPENAI_MODEL to one that is: {choice}, …")
    async for finding in _answer(provider):
        yield finding


async def _answer(provider: Endpoint) -> AsyncIterator[Finding]:
    try:
        provider = provider if provider.model else await model_list.with_first_model(provider)
        start, first, text = time.monotonic(), 0.0, ""
        async with asyncio.timeout(ANSWER_SECONDS):
            async with opening.open_stream(provider, Request(provider.model, "", [Turn("user", "Answer with one word: ready")])) as stream:
                async for parts in stream:
                    first = first or time.monotonic() - start
                    text += "".join(part.text for part in parts if isinstance(part, Delta))
    except ProviderError as error:
        yield _finding("Answer", error, provider.model)
    except TimeoutError:
        yield Finding("Answer", f"{provider.model} did not finish within {ANSWER_SECONDS:.0f} s.", MENDS["timeout"])
    else:
        if text:
            yield Finding("Answer", f"{provider.model} streams an answer; its first words came after {first:.1f} s.")
        else:
            yield Finding("Answer", f"{provider.model} answered without a word.", MENDS["model"])


def _finding(subject: str, error: ProviderError, about: str = "") -> Finding:
    words = f"{about}: {error.cause or error.sentence}" if about else error.cause or error.sentence
    return Finding(subject, words, MENDS.get(error.kind, error.sentence))
