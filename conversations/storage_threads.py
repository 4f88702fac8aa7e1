"""The threads that read what users uploaded, for what runs on the event loop.

A storage that doesn't answer must hold up nothing else: in the loop's own threads, names of hosts are looked up.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import ParamSpec, TypeVar

MOST_THREADS = 8

P = ParamSpec("P")
T = TypeVar("T")
_threads = ThreadPoolExecutor(MOST_THREADS, thread_name_prefix="storage")


async def run(work: Callable[P, T], *arguments: P.args, **named: P.kwargs) -> T:
    """What `work` returns, or raises. It goes on where the caller is cancelled."""
    return await asyncio.get_running_loop().run_in_executor(_threads, partial(work, *arguments, **named))
