"""Runs of the same tests that share their groups run each of them once, and between them all."""

from __future__ import annotations

import os
from itertools import chain
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from xdist.remote import Producer

from tests.support import groups

TESTS = [f"tests/room/test_{letter}.py::test_{number}" for letter in "abcdef" for number in range(3)]
GROUPS = [tuple(TESTS[start : start + 3]) for start in range(0, len(TESTS), 3)]


class Worker:
    """Takes what it is sent, and runs its last test only once it knows what comes after it, as xdist's do."""

    def __init__(self) -> None:
        self.gateway = SimpleNamespace(id="gw0")
        self.sent: list[int] = []
        self.done = 0
        self.shutting_down = False

    def send_runtest_some(self, numbers: list[int]) -> None:
        self.sent += numbers

    def shutdown(self) -> None:
        self.shutting_down = True

    def run_one(self, queue: Any) -> bool:
        """Whether there was one to be run."""
        if len(self.sent) - self.done <= (0 if self.shutting_down else 1):
            return False
        number, self.done = self.sent[self.done], self.done + 1
        queue.mark_test_complete(self, number)
        return True

    @property
    def ran(self) -> list[str]:
        return [TESTS[number] for number in self.sent[: self.done]]


@pytest.fixture
def run(pytestconfig: pytest.Config, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Begins a run by so many workers."""
    option = SimpleNamespace(loadscopereorder=False, tx=[], numprocesses=0)
    config: Any = SimpleNamespace(option=option, getvalue=lambda name: [], hook=pytestconfig.hook)

    def begun(workers: int) -> tuple[groups.Queue, list[Worker]]:
        monkeypatch.setattr("xdist.scheduler.loadscope.parse_tx_spec_config", lambda _: ["popen"] * workers)
        queue, made = groups.Queue(config, Producer("queue", enabled=False)), [Worker() for _ in range(workers)]
        for worker in made:
            queue.add_node(worker)
        for worker in made:
            queue.add_node_collection(worker, TESTS)
        queue.schedule()
        return queue, made

    return begun


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setitem(os.environ, groups.FOLDER, str(tmp_path))
    return tmp_path


def to_the_end(*runs: tuple[groups.Queue, list[Worker]]) -> list[list[str]]:
    while sum(worker.run_one(queue) for queue, workers in runs for worker in workers):
        pass
    assert all(queue.tests_finished for queue, _ in runs)
    assert all(worker.shutting_down for _, workers in runs for worker in workers)
    return [worker.ran for _, workers in runs for worker in workers]


def test_alone_a_run_has_all(run: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(os.environ, groups.FOLDER, raising=False)
    assert sorted(chain(*to_the_end(run(2)))) == TESTS


def test_two_runs_have_each_group_once(run: Any, folder: Path) -> None:
    assert groups.Shared(folder).left() == 0
    first = run(2)
    assert groups.Shared(folder).left() == len(GROUPS) - 2
    ran = to_the_end(first, run(2))
    assert sorted(chain(*ran)) == TESTS
    assert {group for tests in ran for group in zip(*[iter(tests)] * 3, strict=True)} == set(GROUPS)
    assert groups.Shared(folder).left() == 0
    assert any(ran[2:])


def test_who_comes_when_all_are_taken_has_nothing_to_do(run: Any, folder: Path) -> None:
    to_the_end(run(2))
    assert to_the_end(run(2)) == [[], []]


def test_the_groups_of_a_worker_that_crashed_stay_with_its_run(run: Any, folder: Path) -> None:
    queue, (crashed, other) = run(2)
    crashed.run_one(queue)
    lost = queue.remove_node(crashed)
    assert lost == TESTS[1]
    assert not other.shutting_down
    late = to_the_end((queue, [other]), run(1))
    assert sorted({*crashed.ran, *chain(*late)}) == TESTS
