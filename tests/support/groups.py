"""Which tests one worker runs in a row, and in which order workers take them.

A module is a group, so that its fixtures are made once. What takes long begins first, so that no worker is left alone with it
at the end; a browser's tests follow one another, for Chromium and its site last as long as they do.
"""

from __future__ import annotations

from pathlib import Path

import pytest

TESTS = Path(__file__).resolve().parents[1]
FIRST = (
    "browser/test_embedded_model",
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


def _module(item: pytest.Item) -> str:
    return item.path.relative_to(TESTS).with_suffix("").as_posix()


def of(item: pytest.Item) -> str:
    module = _module(item)
    return item.nodeid if module in SPLIT else module


def rank(item: pytest.Item) -> tuple[int, int]:
    """Sorts tests into the order in which they are begun."""
    module = _module(item)
    first = FIRST.index(module) if module in FIRST else len(FIRST)
    return (first, 0 if module.startswith("browser/") else 1)
