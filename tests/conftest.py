"""What every test may use: people, a clean database, and a check that no task is left behind."""

import asyncio
import gc
import os
import sqlite3
import threading
from collections.abc import AsyncIterator, Generator, Iterator
from contextlib import ExitStack, closing, contextmanager
from typing import Any

import httpcore2
import pytest
from asgiref.sync import sync_to_async
from django.core import management
from django.db import connection, connections
from django.template import Template
from django.test import TransactionTestCase
from hypothesis import settings

from conversations import process_cache
from conversations.generation import title_suggestion
from conversations.models import User
from conversations.processes import supervisor
from conversations.processes.supervisor import Supervisor
from conversations.providers import clients, retries
from tests.support import groups, template, workers
from tests.support.idle import stop_all
from tests.support.kept_rows import KeptRows
from tests.support.migrated import migrated
from tests.support.scripted_openai import Answer, Finish, Request, ScriptedOpenAI, Text
from tests.support.serving import Serving

PASSWORD = "correct horse battery"

# The same cases in each run, however long one takes: a busy machine is no fault of what is tested.
settings.register_profile("repeatable", derandomize=True, deadline=None, database=None)
settings.load_profile("repeatable")


def pytest_configure(config: pytest.Config) -> None:
    templates = ExitStack()
    templates.enter_context(template.folder())  # before the workers start, which are to share it
    config.add_cleanup(templates.close)


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("workers")
    group._addoption("-n", "--numprocesses", type=int, default=0, help="run tests by so many workers at the same time")
    group.addoption("--postgresql", help="run tests that depend on the database there, too")
    group.addoption("--redis", action="append", default=[], help="with it, so many workers as there are of these")


@pytest.hookimpl(tryfirst=True)
def pytest_runtestloop(session: pytest.Session) -> bool | None:
    options = session.config.option
    if not options.numprocesses or options.collectonly or (session.testsfailed and not options.continue_on_collection_errors):
        return None
    workers.Controller(session, groups.queues(session)).run()
    return True


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Generator[None, Any, Any]:
    """All that is imported and collected stays, so looking through it for garbage again and again is in vain: a third of the time."""
    gc.disable()
    try:
        return (yield)
    finally:
        gc.enable()
        gc.freeze()
        gc.set_threshold(10_000)  # as a process that serves


@pytest.hookimpl(wrapper=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> Generator[None]:
    with_servers = config.option.postgresql or (os.environ["DATABASE_URL"] and os.environ["REDIS_URL"])
    for item in items:
        if "/tests/browser/" in item.path.as_posix():
            item.add_marker("browser")
        if item.get_closest_marker("several_processes") and not with_servers:
            item.add_marker(pytest.mark.skip(reason="needs PostgreSQL and Redis, which `make test` starts"))
    yield  # what is not marked by now can't be selected; what comes after it is the last to set the order
    items.sort(key=groups.rank)


@pytest.fixture(autouse=True)
def _tidy_event_loop(request: pytest.FixtureRequest) -> None:
    """Coroutine tests leave no task and no database connection behind."""
    if request.node.get_closest_marker("asyncio"):
        request.getfixturevalue("_nothing_left_behind")


@pytest.fixture
async def _nothing_left_behind() -> AsyncIterator[None]:
    assert connections.all(initialized_only=True) == [], "What ran before left its database connection to every coroutine of this thread"
    before = asyncio.all_tasks()
    yield
    left = asyncio.all_tasks() - before - {asyncio.current_task()}
    if left:
        _, left = await asyncio.wait(left, timeout=10)
    await sync_to_async(connections.close_all)()
    if left:
        for task in left:
            task.cancel()
        await asyncio.gather(*left, return_exceptions=True)
        pytest.fail("Tasks still running after the test: " + "; ".join(repr(task.get_coro()) for task in left))


@pytest.fixture(autouse=True)
def _nothing_remembered(monkeypatch: pytest.MonkeyPatch) -> None:
    """The database is emptied between tests: what a process remembers of it would be wrong. No test waits long to ask again."""
    process_cache.clear()
    monkeypatch.setattr(retries, "FIRST_PAUSE_SECONDS", 0.01)


@pytest.fixture(autouse=True)
def _nothing_left_in_a_script() -> None:
    """A test that failed before its answers were asked for doesn't leave them to the next one of its module."""
    for server in list(ScriptedOpenAI.running):
        server.forget_script()


@pytest.fixture(scope="session", autouse=True)
def _pages_are_noted_as_a_whole(django_test_environment: None) -> Iterator[None]:
    """Django notes for tests each template that is rendered, with a copy of its context: each field of a form, and each part of a page, too."""
    note, within = Template._render, threading.local()  # type: ignore[attr-defined]

    def render(template: Template, context: Any) -> Any:
        if getattr(within, "a_page", False):
            return template.nodelist.render(context)
        within.a_page = True
        try:
            return note(template, context)
        finally:
            within.a_page = False

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Template, "_render", render)
        yield


@pytest.fixture(scope="session", autouse=True)
def _certificates_are_read_once() -> Iterator[None]:
    """Each new client reads all that this machine trusts, which takes longer than most tests."""
    made: dict[Any, Any] = {}
    make = httpcore2.default_ssl_context

    def context(**given: Any) -> Any:
        named = (os.environ.get("SSL_CERT_FILE"), os.environ.get("SSL_CERT_DIR"), *given.items())
        if named not in made:
            made[named] = make(**given)
        return made[named]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(httpcore2, "default_ssl_context", context)
        yield


@pytest.fixture(scope="session")
def django_db_modify_db_settings(django_db_modify_db_settings: None) -> Iterator[pytest.MonkeyPatch]:
    """Until the database is set up, it is not migrated where a migrated one can be copied."""
    call_command = management.call_command

    def copy_if_possible(name: str, *arguments: Any, **options: Any) -> Any:
        if name == "migrate":
            return migrated(lambda: call_command(name, *arguments, **options))
        return call_command(name, *arguments, **options)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(management, "call_command", copy_if_possible)
        yield patch


@pytest.fixture(scope="session")
def django_db_setup(django_db_modify_db_settings: pytest.MonkeyPatch, django_db_setup: None, django_db_blocker: Any) -> Iterator[None]:
    """Behind a test that commits, what it wrote is deleted; what the migrations wrote is there for the next."""
    django_db_modify_db_settings.undo()
    with django_db_blocker.unblock(), pytest.MonkeyPatch.context() as patch, ExitStack() as stack:
        patch.setattr(TransactionTestCase, "_fixture_teardown", staticmethod(KeptRows().restore))
        if connection.vendor == "sqlite":  # to close the last connection writes everything to the disk and waits for it
            lasting = stack.enter_context(closing(sqlite3.connect(connection.settings_dict["NAME"])))
            lasting.execute("SELECT * FROM sqlite_master").fetchall()
        yield
        # PostgreSQL drops a database only when no client is connected: close what the coroutine tests' thread still holds.
        asyncio.run(sync_to_async(connections.close_all)())


@pytest.fixture(autouse=True)
def process() -> Supervisor:
    """Each test is a process of its own: nothing runs in it, and no socket listens."""
    supervisor.install(made := Supervisor())
    return made


@pytest.fixture
def alice(db: None) -> User:
    """The one whose things they are."""
    return User.objects.create_user("alice", "alice@example.org", PASSWORD)


@pytest.fixture
def bob(db: None) -> User:
    """A stranger to Alice's things."""
    return User.objects.create_user("bob", "bob@example.org", PASSWORD)


@pytest.fixture
def admin(db: None) -> User:
    return User.objects.create_superuser("admin", "admin@example.org", PASSWORD)


def title_if_asked(request: Request) -> Answer | None:
    """Questions for a title are answered at once, whatever is scripted."""
    return Answer(steps=(Text("A fitting title"), Finish())) if request.system == title_suggestion.INSTRUCTIONS else None


@pytest.fixture(params=["chat_completions"])
async def openai(request: pytest.FixtureRequest, settings: Any) -> AsyncIterator[ScriptedOpenAI]:
    """The scripted provider, configured as ours. It answers questions for a title by itself. Parametrise for the other wire."""
    async with ScriptedOpenAI() as server:
        server.answer_with = title_if_asked
        settings.OPENAI_BASE_URL, settings.OPENAI_API, settings.OPENAI_API_KEY = server.base_url, request.param, "sk-test-0123456789"
        settings.OPENAI_MODEL = "scripted-model"
        yield server
        await stop_all()
        await clients.close_all()


@pytest.fixture
async def providers(db: None) -> AsyncIterator[Any]:
    """Two scripted providers with three keys, in the database: see `two_providers`."""
    from tests.support.two_providers import two_providers

    async with two_providers() as made:
        yield made


@pytest.fixture(scope="module")
def serve() -> Iterator[Serving]:
    """Starts the real server as a process: `serve(openai_base_url)` answers a `Served`. None outlives its module."""
    serving = Serving()
    yield serving
    serving.end()


@pytest.fixture(scope="module")
def quick_serve() -> Iterator[Serving]:
    """The same, with leases that run out sooner: for tests that wait for that."""
    serving = Serving(program=("-m", "tests.support.short_leases"))
    yield serving
    serving.end()


@pytest.fixture
def provider() -> Iterator[ScriptedOpenAI]:
    """The scripted provider in a thread of its own, for servers that are processes."""
    with _answering() as server:
        yield server


@pytest.fixture(scope="module")
def lasting_provider() -> Iterator[ScriptedOpenAI]:
    """The same for as long as a module's tests share their servers."""
    with _answering() as server:
        yield server


@contextmanager
def _answering() -> Iterator[ScriptedOpenAI]:
    with ScriptedOpenAI.in_thread() as server:
        server.answer_with = title_if_asked
        yield server
