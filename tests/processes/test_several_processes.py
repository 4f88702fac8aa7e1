"""A user connected to one process watches, stops, edits and continues a reply that another process writes."""

from collections.abc import Iterator

import pytest

from tests.support.scripted_openai import Finish, Gate, Hold, ScriptedOpenAI, Stay, Text
from tests.support.serving import Serving
from tests.support.site import Site

pytestmark = [pytest.mark.several_processes, pytest.mark.timeout(180)]


@pytest.fixture(scope="module")
def site(serve: Serving, lasting_provider: ScriptedOpenAI) -> Iterator[Site]:
    with Site(serve, lasting_provider.base_url) as site:
        site.start()
        site.start()
        yield site


def test_what_one_process_writes_is_watched_in_another(site: Site, lasting_provider: ScriptedOpenAI):
    gates = [Gate(), Gate()]
    lasting_provider.script(Text("One "), Hold(gates[0]), Text("two "), Hold(gates[1]), Text("three"), Finish())
    here, there = (site.tab(process) for process in site.processes)
    accepted = here.send("Count")
    here.until("delta")
    there.watch(accepted["conversation"])
    assert there.until("snapshot")["parts"] == [{"type": "text", "text": "One "}]
    gates[0].open()
    for tab in (here, there):
        tab.until_shown(accepted["reply"], "One two ".__eq__)
    gates[1].open()
    for tab in (here, there):
        assert tab.until("finished")["status"] == "complete"
        assert tab.text(accepted["reply"]) == "One two three"
        assert tab.resyncs == 0
    assert [frame["type"] for frame in there.frames if frame["type"] in ("snapshot", "delta", "finished")] == [
        "snapshot",
        "delta",
        "delta",
        "finished",
    ]


def test_whoever_watches_before_the_answer_begins_hears_it_from_its_first_word(site: Site, lasting_provider: ScriptedOpenAI):
    lasting_provider.script(Text("First"), Finish())
    here, there = (site.tab(process) for process in site.processes)
    accepted = here.send("Hello")
    here.until("finished")
    there.watch(accepted["conversation"])
    there.until("snapshot")
    lasting_provider.script(Text("Second "), Text("answer"), Finish())
    again = here.send("And again", accepted["conversation"])
    assert there.until("finished", message=again["reply"])["status"] == "complete"
    assert there.text(again["reply"]) == "Second answer"
    assert there.until("conversation", running=False)["conversation"] == accepted["conversation"]


def test_a_reply_is_stopped_from_another_process(site: Site, lasting_provider: ScriptedOpenAI):
    lasting_provider.script(Text("Endless "), Stay())
    here, there = (site.tab(process) for process in site.processes)
    accepted = here.send("Go on")
    here.until("delta")
    there.watch(accepted["conversation"])
    there.until("snapshot")
    there.command("stop", message=accepted["reply"])
    for tab in (here, there):
        assert tab.until("finished")["status"] == "stopped"
    assert lasting_provider.streams[-1].gone.wait(15)
    assert site.saved(accepted["reply"]) == ("stopped", "Endless ")


@pytest.mark.parametrize("command", ["edit", "regenerate"])
def test_another_answer_asked_for_elsewhere_ends_the_running_one(site: Site, lasting_provider: ScriptedOpenAI, command: str):
    lasting_provider.script(Text("Old "), Stay())
    lasting_provider.script(Text("New"), Finish())
    here, there = (site.tab(process) for process in site.processes)
    accepted = here.send("Go")
    here.until("delta")
    fresh = there.accepted(command, message=accepted["message" if command == "edit" else "reply"], text="Go otherwise")
    assert there.until("finished", message=fresh["reply"])["status"] == "complete"
    assert here.until_ended(accepted["reply"]) == "stopped"
    here.until_shown(fresh["reply"], "New".__eq__)
    assert site.saved(accepted["reply"]) == ("stopped", "Old ")


def test_a_stopped_reply_goes_on_in_another_process(site: Site, lasting_provider: ScriptedOpenAI):
    lasting_provider.script(Text("One, "), Stay())
    lasting_provider.script(Text("two"), Finish())
    here, there = (site.tab(process) for process in site.processes)
    accepted = here.send("Count")
    here.until("delta")
    here.command("stop", message=accepted["reply"])
    here.until("finished", status="stopped")
    there.accepted("continue", message=accepted["reply"])
    for tab in (here, there):
        tab.until("finished", status="complete")
        assert tab.until_ended(accepted["reply"]) == "complete"
        assert tab.text(accepted["reply"]) == "One, two"


def test_a_command_that_is_sent_again_to_another_process_counts_once(site: Site, lasting_provider: ScriptedOpenAI):
    gate = Gate()
    lasting_provider.script(Text("Once "), Hold(gate), Text("only"), Finish())
    here, there = (site.tab(process) for process in site.processes)
    accepted = here.send("Do it once")
    here.until("delta")
    again = there.send("Do it once", id=accepted["id"])
    assert (again["message"], again["reply"]) == (accepted["message"], accepted["reply"])
    there.until_shown(accepted["reply"], "Once ".__eq__)
    gate.open()
    there.until("finished", status="complete")
    assert there.text(accepted["reply"]) == "Once only"


def test_deleting_a_conversation_ends_what_another_process_writes_in_it(site: Site, lasting_provider: ScriptedOpenAI):
    lasting_provider.script(Text("Doomed "), Stay())
    here, there = (site.tab(process) for process in site.processes)
    accepted = here.send("Go")
    here.until("delta")
    assert there.post(f"/c/{accepted['conversation']}/delete/") == 204
    assert here.until("conversation", removed=True)["conversation"] == accepted["conversation"]
    assert there.until("conversation", removed=True)["conversation"] == accepted["conversation"]
    assert lasting_provider.streams[-1].gone.wait(15)


def test_what_nobody_watches_elsewhere_costs_redis_nothing_by_the_word(site: Site, lasting_provider: ScriptedOpenAI):
    counts = [_carried(site, lasting_provider, words, reader) for words, reader in ((1, "bob"), (200, "carol"))]
    assert max(counts) <= 8


def _carried(site: Site, provider: ScriptedOpenAI, words: int, reader: str) -> int:
    """How many frames Redis is given for the first answer of a conversation."""
    gates = [Gate(), Gate()]
    later = (step for number in range(1, words) for step in (Text(f"{number} "), Hold(gates[1] if number == 1 else _opened())))
    provider.script(Text("0 "), Hold(gates[0]), *later, Finish())
    tab = site.tab(site.processes[0], reader)
    before = site.published()
    tab.send("Count")
    # Other processes get every word until Redis has answered that they have no watchers; that of the first may leave it open.
    for gate in gates[:words]:
        tab.until("delta")
        for _ in range(4):  # Redis has the word once the process and it have answered us, and the process Redis' answer once both did again
            tab.until("pong", id=tab.command("ping"))
            site.published()
        gate.open()
    tab.until("finished")
    tab.until("conversation", title="A fitting title")
    site.until(lambda: site.published() >= before + 7)  # four as it begins; the end, the list, and the title
    return site.published() - before


def _opened() -> Gate:
    gate = Gate()
    gate.open()
    return gate
