"""Whether work takes time in proportion to its size: by comparing sizes, for a busy machine makes all of them slow."""

from __future__ import annotations

import gc
from collections.abc import Callable
from time import process_time
from typing import TypeVar

T = TypeVar("T")

SOON_SECONDS = 0.03
"""What is done so soon at the full size needn't be compared."""


def assert_linear(make: Callable[[int], T], work: Callable[[T], object], size: int, name: object = "") -> None:
    """`work` on what `make` makes of `size` takes about four times as long as on a quarter of that, and not sixteen times."""
    whole = _seconds(work, make(size))
    if whole < SOON_SECONDS:
        return
    quarter = min(_seconds(work, make(size // 4)) for _ in range(2))
    if whole >= 9 * quarter:  # once more, for something else may have come between
        quarter = min(quarter, _seconds(work, make(size // 4)))
        whole = min(whole, _seconds(work, make(size)))
    assert whole < SOON_SECONDS or whole < 9 * quarter, f"{name}: {whole:.3f} s, and {quarter:.3f} s for a quarter of it"


def _seconds(work: Callable[[T], object], on: T) -> float:
    gc.disable()  # how long it takes depends on what else there is in the process
    try:
        began = process_time()
        work(on)
        return process_time() - began
    finally:
        gc.enable()
