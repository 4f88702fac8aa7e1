"""A circuit breaker per provider and model: who fails again and again is left alone for a while, then tried with one request.

Each process counts for itself; that a circuit is open, and who tries it, is known to all through Redis, where there is one.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import threading
from dataclasses import dataclass
from time import monotonic, time
from typing import NamedTuple

from conversations.redis_scripts import Away, Script

OPENS_AFTER = 5
"""Failures in a row."""
FIRST_BREAK, LONGEST_BREAK = 10.0, 300.0
"""Seconds; twice as long after each failed trial."""
TRIAL_SECONDS = 60.0
"""After which a trial that nobody heard of again counts as lost, and another one may begin."""
KNOWN_FOR = 1.0
"""Seconds for which a closed circuit is not looked up again."""

Circuit = tuple[str, str]
"""The provider's id and the model's name there."""

_ADMIT = Script("""
local t = redis.call('TIME'); local now = t[1] + t[2] / 1e6
local found = redis.call('HGET', KEYS[1], ARGV[1])
if not found then return {'closed', '0'} end
local state = cjson.decode(found)
if now < state.until_ then return {'open', tostring(state.until_ - now)} end
if now < state.trial then return {'open', tostring(state.trial - now)} end
state.trial = now + tonumber(ARGV[2])
redis.call('HSET', KEYS[1], ARGV[1], cjson.encode(state))
return {'trial', '0'}
""")
_OPEN = Script("""
local t = redis.call('TIME'); local now = t[1] + t[2] / 1e6
local found = redis.call('HGET', KEYS[1], ARGV[1])
local breaks = 0
if found then
  local state = cjson.decode(found)
  if now < state.until_ then return tostring(state.until_ - now) end
  breaks = state.breaks + 1
end
local seconds = math.max(math.min(tonumber(ARGV[2]) * 2 ^ breaks, tonumber(ARGV[3])), math.min(tonumber(ARGV[4]), tonumber(ARGV[3])))
redis.call('HSET', KEYS[1], ARGV[1], cjson.encode({until_ = now + seconds, trial = 0, breaks = breaks}))
redis.call('EXPIRE', KEYS[1], 86400)
return tostring(seconds)
""")
_RELEASE = Script("""
local found = redis.call('HGET', KEYS[1], ARGV[1])
if found then
  local state = cjson.decode(found)
  state.trial = 0
  redis.call('HSET', KEYS[1], ARGV[1], cjson.encode(state))
end
return 1
""")
_CLOSE = Script("redis.call('HDEL', KEYS[1], ARGV[1]); return 1")
_LIST = Script("""
local t = redis.call('TIME'); local now = t[1] + t[2] / 1e6
local all = redis.call('HGETALL', KEYS[1])
local result = {}
for i = 1, #all, 2 do
  result[#result + 1] = all[i]
  result[#result + 1] = tostring(math.max(0, cjson.decode(all[i + 1]).until_ - now))
end
return result
""")
_FORGET = Script("redis.call('DEL', KEYS[1]); return 1")
_KEY = "circuits"


class Admission(NamedTuple):
    """Whether a request may go there now. `trial`: it decides whether the circuit closes. `seconds` until the next may be tried."""

    allowed: bool
    trial: bool = False
    seconds: float = 0.0


@dataclass
class _State:
    """An open circuit, as this process alone knows it. Times are of `time.time`, as Redis has them."""

    until: float
    breaks: int = 0
    trial: float = 0.0


_lock = threading.Lock()
_failures: dict[Circuit, int] = {}
_closed: dict[Circuit, float] = {}
_open: dict[Circuit, _State] = {}


def admit(circuit: Circuit) -> Admission:
    """Ask before each request. Who is admitted to a trial must report what became of it. Synchronous; may ask Redis."""
    with _lock:
        if monotonic() < _closed.get(circuit, 0.0):
            return Admission(True)
    try:
        word, seconds = _ADMIT.run([_KEY], _name(circuit), TRIAL_SECONDS)
    except Away:
        return _admit_here(circuit)
    with _lock:
        if word == "closed":
            _closed[circuit] = monotonic() + KNOWN_FOR
            _open.pop(circuit, None)
    return Admission(word != "open", word == "trial", float(seconds))


def succeeded(circuit: Circuit, *, trial: bool = False) -> None:
    """The provider did what it should. Never waits; tells Redis only after a trial."""
    with _lock:
        _failures.pop(circuit, None)
        if trial:  # another may have been admitted long before the circuit opened
            _open.pop(circuit, None)
    if trial:
        _tell(_CLOSE, circuit)


def failed(circuit: Circuit, *, trial: bool = False, retry_after: float | None = None) -> float:
    """The provider failed. Returns for how many seconds the circuit is open now; 0 where it still is closed."""
    with _lock:
        _failures[circuit] = _failures.get(circuit, 0) + 1
        if _failures[circuit] < OPENS_AFTER and not trial:
            return 0.0
        _failures.pop(circuit)
        _closed.pop(circuit, None)
        seconds = _open_here(circuit, retry_after or 0.0)
    try:
        return float(_OPEN.run([_KEY], _name(circuit), FIRST_BREAK, LONGEST_BREAK, retry_after or 0.0))
    except Away:
        return seconds


def undecided(circuit: Circuit) -> None:
    """A trial ended without saying anything about the provider: the next request may be one. Never waits."""
    with _lock:
        if circuit in _open:
            _open[circuit].trial = 0.0
    _tell(_RELEASE, circuit)


def close(provider: str) -> None:
    """Somebody has seen that this provider is well: ask it again for all its models. Synchronous; may ask Redis."""
    for circuit in open_circuits():
        if circuit[0] == provider:
            succeeded(circuit, trial=True)


def open_circuits() -> dict[Circuit, float]:
    """Those that are open, with the seconds until they are tried again (0: with the next request)."""
    try:
        found = _LIST.run([_KEY])
        return {_circuit(name): float(seconds) for name, seconds in zip(found[::2], found[1::2], strict=True)}
    except Away:
        now = time()
        with _lock:
            return {circuit: max(0.0, state.until - now) for circuit, state in _open.items()}


def forget() -> None:
    """Close all circuits."""
    with contextlib.suppress(Away):
        _FORGET.run([_KEY])
    with _lock:
        _failures.clear()
        _closed.clear()
        _open.clear()


def _tell(script: Script, circuit: Circuit) -> None:
    """Run it where it holds nobody up: an event loop has other things to do than to wait for Redis."""

    def run() -> None:
        with contextlib.suppress(Away):
            script.run([_KEY], _name(circuit))

    try:
        loop = asyncio.get_running_loop()
    except RuntimeError:
        run()
    else:
        loop.run_in_executor(None, run)


def _admit_here(circuit: Circuit) -> Admission:
    now = time()
    with _lock:
        state = _open.get(circuit)
        if state is None:
            return Admission(True)
        if now < max(state.until, state.trial):
            return Admission(False, seconds=max(state.until, state.trial) - now)
        state.trial = now + TRIAL_SECONDS
        return Admission(True, trial=True)


def _open_here(circuit: Circuit, retry_after: float) -> float:
    now = time()
    state = _open.get(circuit)
    if state is not None and now < state.until:
        return state.until - now
    breaks = state.breaks + 1 if state else 0
    seconds = max(min(FIRST_BREAK * 2**breaks, LONGEST_BREAK), min(retry_after, LONGEST_BREAK))
    _open[circuit] = _State(now + seconds, breaks)
    return seconds


def _name(circuit: Circuit) -> str:
    return json.dumps(circuit)


def _circuit(name: str) -> Circuit:
    provider, model = json.loads(name)
    return provider, model
