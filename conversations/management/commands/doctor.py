"""Check the configuration, what the server needs, and every provider from the server's side; say what is wrong and how to fix it."""

from __future__ import annotations

import asyncio
import sys
import tempfile
from collections.abc import AsyncIterator, Iterator
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.contrib.staticfiles import finders
from django.core import checks
from django.core.management.base import BaseCommand
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor
from django.http.request import split_domain_port, validate_host

from conversations.management import redis_server
from conversations.management.problems import StartProblem
from conversations.models import Origin, Provider
from conversations.pages import browser_modules
from conversations.providers import certificates, clients, embedded, endpoint, endpoint_check
from conversations.providers.errors import ProviderError
from conversations.providers.findings import IN_SETTINGS, Finding, failed
from conversations.routing import connection_test

MAX_ANSWER_SECONDS = 60.0


class Command(BaseCommand):
    help = __doc__ or ""
    requires_system_checks = []  # noqa: RUF012  (they are among the findings)

    def handle(self, *args: Any, **options: Any) -> None:
        wrong = 0
        for check in (_settings, _data_folder, _database, _redis, _static_files, _certificates):
            for finding in check():
                wrong += self._report(finding)
        wrong += asyncio.run(self._provider())
        for provider in _providers():
            self.stdout.write(f"\n{provider.name} ({provider.base_url})")
            wrong += sum(self._report(finding) for finding in connection_test.examine(provider, seconds=MAX_ANSWER_SECONDS))
        if wrong:
            self.stdout.write(f"\n{wrong} problem{'' if wrong == 1 else 's'} found.")
            sys.exit(1)
        self.stdout.write("\nAll is well.")

    async def _provider(self) -> int:
        try:
            return sum([self._report(finding) async for finding in _configured()])
        finally:
            await clients.close_all()
            await asyncio.to_thread(embedded.stop)

    def _report(self, finding: Finding) -> bool:
        if not finding.advice:
            verdict = self.style.SUCCESS("ok   ") if finding.is_well else "open "
            self.stdout.write(f"{verdict} {finding.subject}: {finding.words}")
            return False
        self.stdout.write(f"{self.style.ERROR('wrong')} {finding.subject}: {finding.words}\n      → {finding.advice}")
        return True


def _settings() -> Iterator[Finding]:
    errors = [message for message in checks.run_checks() if message.level >= checks.ERROR]
    for error in errors:
        yield Finding("Settings", str(error.msg), str(error.hint or "Correct it in .env or in the environment."))
    site, _ = split_domain_port(urlsplit(settings.SITE_URL).netloc)
    if site and not validate_host(site, settings.ALLOWED_HOSTS):
        text = f"SITE_URL names {site}, which ALLOWED_HOSTS doesn't let in: links in mails would be refused."
        yield Finding("Site", text, f"Add {site} to ALLOWED_HOSTS, or correct SITE_URL.")
    if not errors:
        debug = " DEBUG is on: only for development." if settings.DEBUG else ""
        yield Finding("Settings", f"they fit together.{debug}")


def _data_folder() -> Iterator[Finding]:
    try:
        with tempfile.NamedTemporaryFile(dir=settings.DATA_DIR) as file:
            file.write(b"x")
            file.flush()
    except OSError as error:
        text = f"{settings.DATA_DIR} can't be written to: {error.strerror}."
        yield Finding("Data", text, "Make it writable for this user, or set DATA_DIR.")
    else:
        yield Finding("Data", f"{settings.DATA_DIR} can be written to.")


def _database() -> Iterator[Finding]:
    name = "SQLite" if connection.vendor == "sqlite" else "PostgreSQL"
    try:
        executor = MigrationExecutor(connection)
        missing = len(executor.migration_plan(executor.loader.graph.leaf_nodes()))
    except DatabaseError as error:
        text = f"{name} can't be used: {str(error).strip().splitlines()[0]}"
        yield Finding("Database", text, "Check DATABASE_URL, that the server runs, and the name and password.")
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


def _certificates() -> Iterator[Finding]:
    if (named := certificates.named()) is None:
        return
    variable, path = named
    try:
        authorities = certificates.context().cert_store_stats()["x509_ca"]
    except OSError as error:
        yield Finding("Certificates", f"{variable} names {path}, which can't be read: {error.strerror or error}.", f"Correct {variable}.")
        return
    if not authorities and variable == "SSL_CERT_FILE":
        yield Finding("Certificates", f"{path} holds no certificate authority.", f"Correct {variable}.")
        return
    yield Finding("Certificates", f"only those are trusted that {variable} names ({path}).")


def _providers() -> list[Provider]:
    """The providers that administrators added; none where the database can't be read, which was reported already."""
    try:
        return list(Provider.objects.filter(origin=Origin.ADMIN, enabled=True))
    except DatabaseError:
        return []


async def _configured() -> AsyncIterator[Finding]:
    """The findings about what the settings name: a provider, or else the built-in model."""
    provider = endpoint.configured()
    if provider is None:
        try:
            provider = await embedded.ready()
        except ProviderError as error:
            yield failed("Built-in model", error, IN_SETTINGS)
            return
    async for finding in endpoint_check.examine({"": provider}, seconds=MAX_ANSWER_SECONDS):
        yield finding
