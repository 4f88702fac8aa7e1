"""Which tests one worker runs in a row, and in which order workers take them.

A module is a group, so that its fixtures are made once. What takes long begins first, so that no worker is left alone with it
at the end; the browser's tests follow one another, for Chromium and its site last as long as they do. What mostly waits is one
group and begins before all, so that it waits while others use the processor.
"""

from __future__ import annotations

import pytest
from xdist.scheduler import LoadScopeScheduling

ON_POSTGRESQL = "every_database or several_processes"
"""The marks of the tests that run there, as an expression of pytest's."""
WAITING = (
    "generation/test_outside_judge",
    "live/test_broken_sockets",
    "live/test_served_event_streams",
    "management/test_slow_clients",
)
"""Modules whose tests mostly wait: for limits that run out, and for what is slow by intent."""
FIRST = (
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
)
SPLIT = {"processes/test_takeover", "processes/test_returning_process", "processes/test_draining"}
"""Modules whose tests share nothing and take long: each of their tests is a group."""


def _module(nodeid: str) -> str:
    return nodeid.partition("::")[0].removeprefix("tests/").removesuffix(".py")


class Queue(LoadScopeScheduling):
    """Gives each worker the next group when it is about to run out of tests."""

    def _split_scope(self, nodeid: str) -> str:
        module = _module(nodeid)
        if module in WAITING:
            return "waiting"
        return nodeid if module in SPLIT else module


def rank(item: pytest.Item) -> tuple[bool, bool, int]:
    """Sorts tests into the order in which they are begun."""
    module = _module(item.nodeid)
    return (module not in WAITING, not module.startswith("browser/"), FIRST.index(module) if module in FIRST else len(FIRST))
