"""The embedded model leaves a processor to the pages and sockets that it answers for."""

import os

import pytest

from conversations.providers import embedded_server


@pytest.mark.parametrize(("processors", "threads"), [(1, 1), (2, 1), (3, 2), (5, 4), (16, 4)])
def test_one_is_left(monkeypatch: pytest.MonkeyPatch, processors: int, threads: int) -> None:
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: set(range(processors)), raising=False)
    assert embedded_server.threads() == threads
