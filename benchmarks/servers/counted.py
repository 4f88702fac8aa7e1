"""`manage.py serve` that counts what it holds: at each SIGUSR1 it adds a line of JSON to $DATA_DIR/counts-<process id>.jsonl.

DATA_DIR=var python -m benchmarks.servers.counted serve --port 8000
"""

from __future__ import annotations

import asyncio
import gc
import json
import os
import signal
import sys
import threading
from pathlib import Path
from types import FrameType

ROOT = str(Path(__file__).resolve().parents[2])


def write_counts(signum: int, frame: FrameType | None) -> None:
    from conversations.processes import supervisor

    gc.collect()  # what only the collector can free is no leak
    process = supervisor.current()
    topics = process.hub._watchers
    counts = {
        "tasks": len(asyncio.all_tasks(asyncio.get_running_loop())),
        "threads": threading.active_count(),
        "running": len(process.registry),
        "watched": sum(len(watching) for watching in topics.values()),
        "closed": sum(watcher.closed for watching in topics.values() for watcher in watching),  # none of these should be left
    }
    with (Path(os.environ["DATA_DIR"]) / f"counts-{os.getpid()}.jsonl").open("a") as notes:
        notes.write(json.dumps(counts) + "\n")


if __name__ == "__main__":
    signal.signal(signal.SIGUSR1, write_counts)
    sys.path[0] = ROOT
    import manage

    manage.main()
