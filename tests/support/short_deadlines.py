"""`manage.py serve` with short deadlines for its clients, to which 127.0.0.2 is another machine; it collects no garbage.

They are `CLIENT_SECONDS` where that is set, and `IDLE_SECONDS` before a request. The pings that a socket may send are all given to it at once: how
long it takes adds none.

At each SIGUSR1 it prints how many objects of its connections are in memory. As a `Serving`'s program:
`("-m", "tests.support.short_deadlines")`.
"""

from __future__ import annotations

import gc
import json
import os
import signal
from collections import Counter
from itertools import count
from types import FrameType

SECONDS = 2.0
UNFINISHED_PER_ADDRESS = 5
OF_CONNECTIONS = ("TCPConnection", "BoundedChannel")

_number = count(1)


def print_counts(signum: int, frame: FrameType | None) -> None:
    kinds = Counter(type(held).__name__ for held in gc.get_objects())
    print("holds", next(_number), json.dumps({kind: kinds[kind] for kind in OF_CONNECTIONS}), flush=True)  # noqa: T201


def shorten() -> None:
    from conversations.management import awaited, requests, tcp_connection, websockets

    seconds = float(os.environ.get("CLIENT_SECONDS", SECONDS))
    for module, name in ((requests, "IDLE"), (requests, "HEAD"), (requests, "BODY"), (requests, "REFUSED"), (tcp_connection, "UNREAD")):
        setattr(module, f"{name}_SECONDS", seconds)
    requests.IDLE_SECONDS = float(os.environ.get("IDLE_SECONDS", seconds))  # type: ignore[assignment]
    websockets.CONTROL_FRAMES_PER_SECOND = 0
    requests.UNFINISHED_PER_ADDRESS = UNFINISHED_PER_ADDRESS
    address_of = awaited.address_of
    awaited.address_of = lambda host: host if host == "127.0.0.2" else address_of(host)


if __name__ == "__main__":
    gc.disable()
    gc.collect = lambda generation=2: 0  # type: ignore[assignment]
    signal.signal(signal.SIGUSR1, print_counts)
    import manage

    manage._use_uvloop()
    shorten()
    manage.main()
