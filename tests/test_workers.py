"""Workers run each test once with the settings of its queue, a group in a row, and go on when one of them crashes."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

from tests.support import groups

ROOT = Path(__file__).resolve().parents[1]
CONFTEST = """
import os
import sys
from collections import deque

import pytest

from tests.support.workers import Controller, Queue


def pytest_runtestloop(session):
    modules = {}
    for at, item in enumerate(session.items):
        modules.setdefault(item.path, []).append(at)
    chosen = [at for at, item in enumerate(session.items) if item.path.stem in ("test_a", "test_b")]
    first = Queue("First", deque(modules.values()), 2, 3, lambda number: os.environ.update(PLACE="first"))
    second = Queue("Second", deque([chosen]), 1, 1, lambda number: os.environ.update(PLACE="second"), "on the second")
    Controller(session, [first, second]).run()
    return True


@pytest.fixture(scope="module")
def shared(tmp_path_factory):
    return str(tmp_path_factory.mktemp("shared"))


@pytest.fixture(autouse=True)
def noted(request, shared):
    assert sys.exc_info() == (None, None, None)
    with open("ran", "a") as ran:
        print(request.node.nodeid, os.environ["PLACE"], os.getpid(), shared, sep=",", file=ran)
    yield
    with open("ended", "a") as ended:
        print(request.node.nodeid, os.environ["PLACE"], sep=",", file=ended)
"""
MODULE = """
import pytest

@pytest.mark.parametrize("number", range(3))
def test_it(number):
    pass
"""
CRASHES = """
import os, warnings

def test_before():
    warnings.warn("a warning to be told")

def test_crash():
    os._exit(3)

def test_behind():
    print("said amid it")
    assert [1, 2] == [1, 3]
"""
LETTERS = "abcdefghijklm"


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> SimpleNamespace:
    """Of pytest with such workers: what it said, its code, and the lines that the tests noted."""
    folder = tmp_path_factory.mktemp("run")
    (folder / "conftest.py").write_text(CONFTEST)
    for letter in LETTERS:
        (folder / f"test_{letter}.py").write_text(MODULE)
    (folder / "test_crashes.py").write_text(CRASHES)
    command = [
        sys.executable,
        "-m",
        "pytest",
        "-p",
        "no:django",
        "-p",
        "no:xdist",
        "-p",
        "no:schemathesis",
        "-p",
        "no:llmock",
        "--rootdir",
        ".",
    ]
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)
    assert "INTERNALERROR" not in done.stdout, done.stdout
    ran = [line.split(",") for line in (folder / "ran").read_text().splitlines()]
    return SimpleNamespace(output=done.stdout, code=done.returncode, ran=ran, ended=(folder / "ended").read_text().splitlines())


def of(letters: str) -> list[str]:
    return [f"test_{letter}.py::test_it[{number}]" for letter in letters for number in range(3)]


def test_each_queue_has_each_of_its_tests_once(run: SimpleNamespace) -> None:
    there = sorted(test for test, place, *_ in run.ran if place == "second")
    here = sorted(test for test, place, *_ in run.ran if place == "first")
    assert there == of("ab")
    assert here == sorted([*of(LETTERS), *(f"test_crashes.py::test_{name}" for name in ("before", "crash", "behind"))])


def test_a_group_is_run_in_a_row_by_one_worker_with_what_its_tests_share(run: SimpleNamespace) -> None:
    for letter in LETTERS:
        rows = [row for row in run.ran if row[0].startswith(f"test_{letter}.py") and row[1] == "first"]
        assert [test for test, *_ in rows] == of(letter)
        assert len({(worker, shared) for _, _, worker, shared in rows}) == 1
    assert len({(place, shared) for _, place, _, shared in run.ran}) == len(LETTERS) + 2 + 2  # b's and those of the crashed module twice


def test_a_crash_fails_its_test_alone(run: SimpleNamespace) -> None:
    assert run.code == 1
    assert "FAILED test_crashes.py::test_crash" in run.output
    assert "ended with code 3 amid this test" in run.output
    assert "2 failed, 46 passed, 1 warning " in run.output.splitlines()[-1]
    assert [line for line in run.ended if "crashes" in line] == ["test_crashes.py::test_before,first", "test_crashes.py::test_behind,first"]


def test_what_workers_are_told_is_reported(run: SimpleNamespace) -> None:
    assert "said amid it" in run.output
    assert "assert [1, 2] == [1, 3]" in run.output
    assert "a warning to be told" in run.output


def test_what_tests_need_decides_where_they_run(monkeypatch: pytest.MonkeyPatch) -> None:
    begun: dict[str, str] = {}
    monkeypatch.setattr(groups, "_begin", lambda **settings: begun.update(settings))

    def item(name: str, *marks: str) -> SimpleNamespace:
        return SimpleNamespace(nodeid=f"tests/{name}", get_closest_marker=lambda mark: mark in marks)

    items = [
        item("room/test_a.py::test_1"),
        item("live/test_broken_sockets.py::test_2"),
        item("room/test_a.py::test_3", "every_database"),
        item("processes/test_takeover.py::test_4", "several_processes"),
        item("processes/test_takeover.py::test_5", "several_processes", "every_database"),
        item("jobs/test_processes.py::test_6"),
    ]
    options = SimpleNamespace(numprocesses=2, postgresql="postgres://there", redis=["redis://one", "redis://two"])
    session = SimpleNamespace(items=items, config=SimpleNamespace(option=options))
    there, waiting, here = groups.queues(session)  # type: ignore[arg-type]
    assert [list(queue.groups) for queue in (there, waiting, here)] == [[[2], [3], [4]], [[1, 5]], [[0, 2]]]
    assert [(queue.workers, queue.most, queue.replaced) for queue in (there, waiting, here)] == [(2, 2, True), (1, 1, False), (2, 4, True)]
    there.begin(1)
    assert begun == {"DATABASE_URL": "postgres://there", "REDIS_URL": "redis://two"}
    for queue, number in ((waiting, 0), (here, 3)):
        begun.clear()
        queue.begin(number)
        assert begun == {"DATABASE_URL": "", "REDIS_URL": ""}
    options.postgresql = None
    (alone,) = groups.queues(session)  # type: ignore[arg-type]
    assert list(alone.groups) == [[0, 2], [1, 5], [3], [4]]
