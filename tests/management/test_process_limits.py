"""The process may have as many files open as its administrator allows, and its garbage is collected soon."""

import gc
import resource
from collections.abc import Iterator

import pytest

from conversations.management import open_files, warm_up


@pytest.fixture
def hard() -> Iterator[int]:
    before = resource.getrlimit(resource.RLIMIT_NOFILE)
    yield before[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, before)


def test_the_limit_of_open_files_is_raised(hard: int) -> None:
    resource.setrlimit(resource.RLIMIT_NOFILE, (256, hard))
    open_files.raise_limit()
    wanted = open_files.ENOUGH if hard == resource.RLIM_INFINITY else min(hard, open_files.ENOUGH)
    assert resource.getrlimit(resource.RLIMIT_NOFILE) == (wanted, hard)


def test_a_higher_limit_stays(hard: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(open_files, "ENOUGH", 128)
    resource.setrlimit(resource.RLIMIT_NOFILE, (256, hard))
    open_files.raise_limit()
    assert resource.getrlimit(resource.RLIMIT_NOFILE) == (256, hard)


def test_garbage_does_not_stay_for_all_that_was_loaded_before() -> None:
    full_collections, thresholds = [], gc.get_threshold()
    loaded = [[number] for number in range(800_000)]
    warm_up.freeze_garbage_collector()
    gc.callbacks.append(lambda phase, info: full_collections.append(info) if info["generation"] == 2 else None)
    try:
        kept = [[number] for number in range(150_000)]
    finally:
        gc.callbacks.pop()
        gc.unfreeze()
        gc.set_threshold(*thresholds)
    assert len(loaded) > len(kept)
    assert full_collections
