"""An unreliable provider: it refuses, resets, stalls, ends early, or dribbles, each for a share of the answers.

python -m benchmarks.providers.unruly        prints its port, then serves until it is ended
"""

from __future__ import annotations

import random
import socket
import struct

import uvloop

from .upstream import Upstream, serve

SHARES = {"refuses": 0.04, "resets": 0.08, "stalls": 0.03, "ends early": 0.04, "dribbles": 0.08}
"""The rest is answered correctly."""
REFUSAL = b"HTTP/1.1 503 Service Unavailable\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}"
MAX_DRIBBLED_TOKENS = 40
"""So that a dribbling answer ends."""
NO_DELAY = struct.pack("ii", 1, 0)

chance = random.Random(11)


class Unruly(Upstream):
    def _answer(self, request: dict[str, object]) -> None:
        self._fault = chance.choices([*SHARES, ""], [*SHARES.values(), 1 - sum(SHARES.values())])[0]
        self._until = chance.randint(3, 60)
        if self._fault == "refuses" and request.get("stream"):
            self._transport.write(REFUSAL)
        else:
            super()._answer(request)

    def _tick(self) -> None:
        self._until -= 1
        if self._until > 0 or self._fault in ("", "refuses"):
            super()._tick()
        elif self._fault == "resets":
            handle: socket.socket = self._transport.get_extra_info("socket")
            handle.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, NO_DELAY)
            self._transport.abort()
        elif self._fault == "ends early":
            self._transport.write(b"0\r\n\r\n")
        elif self._fault == "dribbles":
            self._left = min(self._left, MAX_DRIBBLED_TOKENS)
            for byte in self._next():
                self._transport.write(bytes([byte]))
            if self._left:
                self._timer = self._loop.call_later(chance.uniform(0.05, 0.5), self._tick)
            else:
                self._end(self._tokens)


if __name__ == "__main__":
    uvloop.run(serve(Unruly))
