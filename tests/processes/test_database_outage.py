"""PostgreSQL is unreachable for a while: running answers stream on and are saved afterwards; new commands are refused soon, with the reason."""

import time
from collections.abc import Iterator

import pytest

from tests.support.scripted_openai import Finish, Gate, Hold, ScriptedOpenAI, Text
from tests.support.serving import Serving
from tests.support.site import Site

pytestmark = [pytest.mark.several_processes, pytest.mark.timeout(120)]


@pytest.fixture(scope="module")
def site(serve: Serving, lasting_provider: ScriptedOpenAI) -> Iterator[Site]:
    with Site(serve, lasting_provider.base_url) as site:
        site.start()
        yield site


def test_answers_stream_on_and_commands_hear_soon_that_nothing_was_changed(site: Site, lasting_provider: ScriptedOpenAI):
    gate = Gate()
    lasting_provider.script(Text("One "), Hold(gate), Text("two"), Finish())
    (process,) = site.processes
    watching, *asking = (site.tab(process) for _ in range(8))
    accepted = watching.send("Count")
    watching.until("delta")
    process.postgres.cut()
    began = time.monotonic()
    try:
        gate.open()
        watching.until_shown(accepted["reply"], "One two".__eq__)
        for _ in range(2):
            requests = [tab.command("send", text="Lost?", conversation=None) for tab in asking]
            for tab, request in zip(asking, requests, strict=True):
                while (frame := tab.next())["type"] != "error":
                    pass
                assert (frame["id"], frame["code"]) == (request, "unavailable")
                assert "Nothing was changed" in frame["detail"]
        assert time.monotonic() - began < 15
        time.sleep(max(0.0, 8 - (time.monotonic() - began)))  # long enough for a pool to have lost patience
    finally:
        process.postgres.restore()
    assert watching.until_ended(accepted["reply"], seconds=25) == "complete"
    assert site.saved(accepted["reply"]) == ("complete", "One two")
    ((questions,),) = site.rows("SELECT count(*) FROM conversations_message WHERE role = 'user'")
    assert questions == 1
    lasting_provider.script(Text("Here again"), Finish())
    again = asking[0].send("Still there?")
    assert asking[0].until("finished", message=again["reply"])["status"] == "complete"
