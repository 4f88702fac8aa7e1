"""The fault matrix: one component between provider and page fails at one of the moments of an answer.

Alice asks in the first process and watches from the second, too. Whatever breaks, once it is whole again both tabs show
what is saved, each word once, under its honest status.
"""

import time
from collections.abc import Callable, Iterator

import pytest
from websockets.exceptions import ConnectionClosedError

from tests.support.scripted_openai import Finish, Gate, Hold, ScriptedOpenAI, Text
from tests.support.serving import Serving
from tests.support.site import Process, Site
from tests.support.tab import Tab
from tests.support.wire import Wire

pytestmark = [pytest.mark.several_processes, pytest.mark.timeout(120)]

WORDS = ("One ", "two ", "three ", "four")
WHOLE = "".join(WORDS)


@pytest.fixture(scope="module")
def site(serve: Serving, lasting_provider: ScriptedOpenAI) -> Iterator[Site]:
    with Site(serve, lasting_provider.base_url) as site:
        site.start()
        site.start()
        yield site


def cut_redis(site: Site) -> Callable[[], None]:
    return _break(*(process.redis for process in site.processes))


def cut_redis_of_the_writer(site: Site) -> Callable[[], None]:
    return _break(site.processes[0].redis)


def cut_redis_of_the_other(site: Site) -> Callable[[], None]:
    return _break(site.processes[1].redis)


def reset_redis(site: Site) -> Callable[[], None]:
    for process in site.processes:
        process.redis.reset()
    return lambda: None


def deaden_redis(site: Site) -> Callable[[], None]:
    return _deaden(*(process.redis for process in site.processes))


def cut_postgres(site: Site) -> Callable[[], None]:
    return _break(*(process.postgres for process in site.processes))


def cut_postgres_of_the_writer(site: Site) -> Callable[[], None]:
    return _break(site.processes[0].postgres)


def deaden_postgres_of_the_writer(site: Site) -> Callable[[], None]:
    return _deaden(site.processes[0].postgres)


def reset_postgres(site: Site) -> Callable[[], None]:
    for process in site.processes:
        process.postgres.reset()
    return lambda: None


def _break(*wires: Wire) -> Callable[[], None]:
    for wire in wires:
        wire.cut()
    return lambda: _mend(*wires)


def _deaden(*wires: Wire) -> Callable[[], None]:
    for wire in wires:
        wire.go_dead()
    return lambda: _mend(*wires)


def _mend(*wires: Wire) -> None:
    for wire in wires:
        wire.restore()


FAULTS = [
    cut_redis,
    cut_redis_of_the_writer,
    cut_redis_of_the_other,
    reset_redis,
    deaden_redis,
    cut_postgres,
    cut_postgres_of_the_writer,
    deaden_postgres_of_the_writer,
    reset_postgres,
]
MOMENTS = {"before the first word": 0, "amid the words": 2, "before the end": 4}


def opened(site: Site, process: Process) -> Tab:
    """A new tab. As a page does, it comes again where the process finds only by it that the fault before took its database away."""
    try:
        return site.tab(process)
    except ConnectionClosedError as closed:
        assert closed.rcvd is not None and closed.rcvd.code == 1011
        return site.tab(process)


@pytest.mark.parametrize(
    ("moment", "restored"),
    [
        ("before the first word", "amid"),
        ("amid the words", "amid"),
        ("amid the words", "after the end"),
        ("before the end", "after the end"),
    ],
)
@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.__name__)
def test_an_answer_comes_whole_to_both_tabs(site: Site, lasting_provider: ScriptedOpenAI, fault, moment: str, restored: str):
    gates = [Gate() for _ in range(len(WORDS) + 1)]
    lasting_provider.script(
        *(step for gate, word in zip(gates, WORDS, strict=False) for step in (Hold(gate), Text(word))), Hold(gates[-1]), Finish()
    )
    here, there = (opened(site, process) for process in site.processes)
    accepted = here.send("Count")
    there.watch(accepted["conversation"])
    there.until("snapshot")
    said = MOMENTS[moment]
    for gate in gates[:said]:
        gate.open()
    for tab in (here, there):
        tab.until_shown(accepted["reply"], "".join(WORDS[:said]).__eq__)
    restore = fault(site)
    try:
        for gate in gates[said : said + 1]:
            gate.open()
        here.until_shown(
            accepted["reply"], "".join(WORDS[: said + 1]).__eq__, seconds=10
        )  # its own process continues, whatever else has failed
        if restored == "amid":
            restore()
        for gate in gates:
            gate.open()
        if restored != "amid":
            time.sleep(0.5)
    finally:
        restore()
    for tab in (here, there):
        assert tab.until_ended(accepted["reply"], seconds=25) == "complete"
        assert tab.text(accepted["reply"]) == WHOLE
    assert site.saved(accepted["reply"]) == ("complete", WHOLE)
