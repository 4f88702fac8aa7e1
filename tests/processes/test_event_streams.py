"""Without sticky sessions, a page's event stream is in one process and each of its commands in any."""

import signal
from collections.abc import Iterator

import pytest

from tests.support.scripted_openai import Finish, Gate, Hold, ScriptedOpenAI, Stay, Text
from tests.support.serving import Serving
from tests.support.site import Site
from tests.support.stream_tab import LOST, StreamTab

pytestmark = [pytest.mark.several_processes, pytest.mark.timeout(180)]


@pytest.fixture(scope="module")
def site(serve: Serving, lasting_provider: ScriptedOpenAI) -> Iterator[Site]:
    with Site(serve, lasting_provider.base_url, DRAIN_SECONDS="1") as site:
        site.start()
        site.start()
        yield site


@pytest.fixture
def tab(site: Site) -> Iterator[StreamTab]:
    here, there = site.processes
    with StreamTab(site.session("alice"), here.address) as tab:
        tab.posts_to = there.address
        yield tab


def test_what_is_sent_to_one_process_streams_in_from_another(site: Site, lasting_provider: ScriptedOpenAI, tab: StreamTab) -> None:
    gate = Gate()
    lasting_provider.script(Text("One "), Hold(gate), Text("two"), Finish())
    accepted = tab.send("Count")
    tab.until_shown(accepted["reply"], "One ".__eq__)
    gate.open()
    assert tab.until_ended(accepted["reply"]) == "complete"
    assert tab.text(accepted["reply"]) == "One two"
    again = tab.accepted("send", id=accepted["id"], conversation=None, text="Count")
    assert again["reply"] == accepted["reply"]


def test_a_stop_that_arrives_elsewhere_ends_it(site: Site, lasting_provider: ScriptedOpenAI, tab: StreamTab) -> None:
    lasting_provider.script(Text("Endless "), Stay())
    accepted = tab.send("Go")
    tab.until_shown(accepted["reply"], "Endless ".__eq__)
    tab.posts_to = tab.address
    tab.command("stop", message=accepted["reply"])
    assert tab.until_ended(accepted["reply"]) == "stopped"
    tab.posts_to = site.processes[1].address
    lasting_provider.script(Text("It goes on"), Finish())
    regenerated = tab.accepted("regenerate", message=accepted["reply"])
    assert tab.until_ended(regenerated["reply"]) == "complete"
    assert tab.text(regenerated["reply"]) == "It goes on"


def test_a_process_that_stops_sends_its_pages_on_and_loses_nothing(site: Site, lasting_provider: ScriptedOpenAI, tab: StreamTab) -> None:
    gate = Gate()
    lasting_provider.script(Text("Before, "), Hold(gate), Text("after"), Finish())
    accepted = tab.send("Wait")
    tab.until_shown(accepted["reply"], "Before, ".__eq__)
    here, there = site.processes
    here.served.process.send_signal(signal.SIGTERM)
    assert tab.close_code() == LOST
    tab.connect(there.address)
    gate.open()
    assert tab.until_ended(accepted["reply"]) == "complete"
    assert tab.text(accepted["reply"]) == "Before, after"
    assert here.served.process.wait(30) == 0
    site.start(0)
