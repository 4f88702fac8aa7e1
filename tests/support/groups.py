"""Which tests one worker runs in a row, and in which order workers take them.

A module is a group, so that its fixtures are made once. What takes long begins first, so that no worker is left alone with it
at the end; the browser's tests follow one another, for Chromium and its site last as long as they do. What mostly waits is one
group and begins before all, so that it waits while others use the processor.

Several runs of the same tests can share the groups: workers that become free elsewhere help with what is left.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from xdist.remote import Producer
from xdist.scheduler import LoadScopeScheduling
from xdist.workermanage import WorkerController

ON_POSTGRESQL = "every_database or several_processes"
"""The marks of the tests that run there, as an expression of pytest's."""
FOLDER = "TEST_GROUPS"
"""The environment variable that names the folder of runs that share their groups."""
WAITING = (
    "generation/test_outside_judge",
    "generation/test_retries",
    "jobs/test_processes",
    "live/test_broken_sockets",
    "live/test_served_event_streams",
    "management/test_slow_clients",
)
"""Modules whose tests mostly wait: for limits that run out, and for what is slow by intent."""
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
)
SPLIT = {"processes/test_takeover", "processes/test_returning_process", "processes/test_draining"}
"""Modules whose tests share nothing and take long: each of their tests is a group."""


def _module(nodeid: str) -> str:
    return nodeid.partition("::")[0].removeprefix("tests/").removesuffix(".py")


class Shared:
    """The groups of runs that have the same folder: each is given to one of them, which keeps it if a worker crashes."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._taken: set[str] = set()

    def take(self, group: str, behind: int) -> bool:
        """Whether the group is this run's; the run knows of so many behind it."""
        if group in self._taken:
            return True
        try:
            (self._folder / sha256(group.encode()).hexdigest()).touch(exist_ok=False)
        except FileExistsError:
            return False
        self._taken.add(group)
        (told := self._folder / f"behind-{os.getpid()}").write_text(str(behind))
        told.replace(self._folder / "behind")
        return True

    def left(self) -> int:
        """How many groups no run has taken yet, at most; 0 before the first is taken."""
        told = self._folder / "behind"
        return int(told.read_text()) if told.exists() else 0


@contextmanager
def shared() -> Iterator[tuple[Shared, dict[str, str]]]:
    """What runs with this environment share."""
    with TemporaryDirectory(prefix="chatbot-groups-") as folder:
        yield Shared(Path(folder)), {FOLDER: folder}


class Queue(LoadScopeScheduling):
    """Gives each worker the next group when it is about to run out of tests, unless another run that shares them has taken it."""

    def __init__(self, config: pytest.Config, log: Producer) -> None:
        super().__init__(config, log)
        self._shared = Shared(Path(os.environ[FOLDER])) if FOLDER in os.environ else None

    def _assign_work_unit(self, node: WorkerController) -> None:
        while self.workqueue and self._shared and not self._shared.take(next(iter(self.workqueue)), len(self.workqueue) - 1):
            self.workqueue.popitem(last=False)
        if self.workqueue:
            super()._assign_work_unit(node)
        else:
            node.shutdown()

    def _split_scope(self, nodeid: str) -> str:
        module = _module(nodeid)
        if module in WAITING:
            return "waiting"
        if module.startswith(ONE_CHROMIUM):
            return ONE_CHROMIUM
        return nodeid if module in SPLIT else module


def rank(item: pytest.Item) -> tuple[bool, int, int]:
    """Sorts tests into the order in which they are begun."""
    module = _module(item.nodeid)
    kind = next((at for at, room in enumerate(("browser/", ONE_CHROMIUM)) if module.startswith(room)), 2)
    return (module not in WAITING, kind, FIRST.index(module) if module in FIRST else len(FIRST))
