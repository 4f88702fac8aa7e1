"""Which tests one worker runs in a row, and in which order workers take them.

A module is a group, so that its fixtures are made once. What takes long begins first, so that no worker is left alone with it
at the end; the browser's tests follow one another, for Chromium and its site last as long as they do. What mostly waits is one
group and begins before all; on SQLite a worker beside the others has it, so that these use the processor while it waits.
"""

from __future__ import annotations

import os
from collections import deque

import pytest

from . import loaded_django
from .worker import Group
from .workers import Queue

ON_POSTGRESQL = ("every_database", "several_processes")
"""The marks of the tests that run there."""
WAITING = (
    "generation/test_outside_judge",
    "generation/test_retries",
    "jobs/test_processes",
    "live/test_broken_sockets",
    "live/test_served_event_streams",
    "management/test_slow_clients",
    "processes/test_server_stop",
)
"""Modules whose tests mostly wait: for limits that run out, and for what is slow by intent."""
ALL_THAT_WAITS = "waiting"
"""The group that they are."""
ONE_CHROMIUM = "admin/browser/"
"""Modules that share a browser and are quick."""
FIRST = (
    "speech/test_spoken_sentences",
    "browser/test_embedded_model",
    "browser/test_admin_providers",
    "browser/test_long_history",
    "processes/test_rolling_restart",
    "usage/test_ledger_chaos",
    "processes/test_fault_matrix",
    "processes/test_takeover",
    "usage/test_budgets",
    "processes/test_returning_process",
    "processes/test_draining",
    "management/test_bootstrap",
    "api/test_evaluators",
)
SPLIT = {"processes/test_takeover", "processes/test_returning_process", "processes/test_draining"}
"""Modules whose tests share nothing and take long: each of their tests is a group."""


def _module(nodeid: str) -> str:
    return nodeid.partition("::")[0].removeprefix("tests/").removesuffix(".py")


def queues(session: pytest.Session) -> list[Queue]:
    """For SQLite and for PostgreSQL where `tests.run` has started it; otherwise one, for the database of the environment."""
    option = session.config.option
    workers, redis = option.numprocesses, option.redis
    if not option.postgresql:
        everything = _groups(session.items, range(len(session.items)))
        return [Queue("this database", everything, workers, workers, lambda _: _begin())]
    marked = {name: {at for at, item in enumerate(session.items) if item.get_closest_marker(name)} for name in ON_POSTGRESQL}
    there = sorted(set.union(*marked.values()))
    here = [at for at in range(len(session.items)) if at not in marked["several_processes"]]

    def on_postgresql(worker: int) -> None:
        _begin(
            DATABASE_URL=option.postgresql, REDIS_URL=redis[worker]
        )  # what is published in Redis is heard in all of a server's databases

    def on_sqlite(_: int) -> None:
        _begin(DATABASE_URL="", REDIS_URL="")

    waiting = [at for at in here if _group(session.items[at].nodeid) == ALL_THAT_WAITS]
    busy = sorted(set(here) - set(waiting))
    return [
        Queue("PostgreSQL", _groups(session.items, there), len(redis), len(redis), on_postgresql, "on PostgreSQL"),
        Queue("SQLite", _groups(session.items, waiting), 1, 1, on_sqlite, replaced=False),
        Queue("SQLite", _groups(session.items, busy), workers, workers + len(redis), on_sqlite),
    ]


def _begin(**settings: str) -> None:
    os.environ.update(settings)
    loaded_django.forget("tests.settings")  # its data folder is one for a process


def _groups(items: list[pytest.Item], selected: list[int] | range) -> deque[Group]:
    groups: dict[str, Group] = {}
    for at in selected:
        groups.setdefault(_group(items[at].nodeid), []).append(at)
    return deque(groups.values())


def _group(nodeid: str) -> str:
    module = _module(nodeid)
    if module in WAITING:
        return ALL_THAT_WAITS
    if module.startswith(ONE_CHROMIUM):
        return ONE_CHROMIUM
    return nodeid if module in SPLIT else module


def rank(item: pytest.Item) -> tuple[bool, int, int]:
    """Sorts tests into the order in which they are begun."""
    module = _module(item.nodeid)
    kind = next((at for at, room in enumerate(("browser/", ONE_CHROMIUM)) if module.startswith(room)), 2)
    return (module not in WAITING, kind, FIRST.index(module) if module in FIRST else len(FIRST))
