"""A process that was cut off from PostgreSQL and Redis, and presumed lost, comes back: it overwrites nothing and does no harm."""

import time

import pytest

from tests.support.scripted_openai import Finish, Gate, Hold, ScriptedOpenAI, Stay, Text
from tests.support.serving import Serving
from tests.support.site import Process, Site

pytestmark = [pytest.mark.several_processes, pytest.mark.timeout(120)]


def cut_off(process: Process) -> None:
    process.postgres.cut()
    process.redis.cut()


def back(process: Process) -> None:
    process.redis.restore()
    process.postgres.restore()


def test_it_does_not_cancel_what_another_reads(quick_serve: Serving, provider: ScriptedOpenAI):
    with Site(quick_serve, provider.base_url, OPENAI_API="responses", OPENAI_RESUME="background") as site:
        writer, other = site.start(), site.start()
        gate = Gate()
        provider.script(Text("One "), Hold(gate), Text("two"), Finish())
        here, there = site.tab(writer), site.tab(other)
        accepted = here.send("Count")
        reply = accepted["reply"]
        there.watch(accepted["conversation"])
        there.until_shown(reply, "One ".__eq__)
        site.until(lambda: site.saved(reply)[1] == "One ")
        cut_off(writer)
        site.until(lambda: site.run(reply) == 1)  # taken over
        time.sleep(0.5)
        back(writer)
        writer.served.wait_for("was taken over by another process", 20)
        time.sleep(1)
        gate.open()
        status = there.until_ended(reply, 15)
        assert (status, there.text(reply), provider.cancelled) == ("complete", "One two", [])


def test_its_watchers_hear_what_became_of_it(quick_serve: Serving, provider: ScriptedOpenAI):
    with Site(quick_serve, provider.base_url, OPENAI_RESUME="prefix") as site:
        writer, other = site.start(), site.start()
        provider.script(Text("One "), Stay())
        provider.script(Text("two"), Finish())
        here, there = site.tab(writer), site.tab(other)
        accepted = here.send("Count")
        reply = accepted["reply"]
        here.until("delta")
        there.watch(accepted["conversation"])
        site.until(lambda: site.saved(reply)[1] == "One ")
        cut_off(writer)
        site.until(lambda: site.saved(reply)[0] == "complete")
        writer.redis.restore()
        ready = sum(frame["type"] == "ready" for frame in here.frames)
        while sum(frame["type"] == "ready" for frame in here.frames) == ready:
            here.next()
        here.watch(accepted["conversation"])  # as the page does; it is answered with an error
        here.hear(1)
        writer.postgres.restore()
        writer.served.wait_for("was taken over by another process", 20)
        here.until_ended(reply)
        assert (here.status(reply), here.text(reply)) == ("complete", "One two")


def test_it_does_not_undo_a_stop(quick_serve: Serving, provider: ScriptedOpenAI):
    with Site(quick_serve, provider.base_url) as site:
        writer, other = site.start(), site.start()
        provider.script(Text("One "), Stay())
        here, there = site.tab(writer), site.tab(other)
        accepted = here.send("Count")
        reply = accepted["reply"]
        here.until("delta")
        there.watch(accepted["conversation"])
        there.until_shown(reply, "One ".__eq__)
        site.until(lambda: site.saved(reply)[1] == "One ")
        cut_off(writer)
        time.sleep(0.5)
        there.command("stop", message=reply)
        assert there.until_ended(reply, 25) == "stopped"
        back(writer)
        assert provider.streams[-1].gone.wait(10)
        assert site.saved(reply)[0] == "stopped"


def test_what_it_never_saved_is_not_shown_as_the_answer(quick_serve: Serving, provider: ScriptedOpenAI):
    with Site(quick_serve, provider.base_url, OPENAI_RESUME="prefix") as site:
        writer, other = site.start(), site.start()
        gate = Gate()
        provider.script(Text("One "), Hold(gate), Text("unsaved"), Finish())
        provider.script(Text("two"), Finish())
        here, there = site.tab(writer), site.tab(other)
        accepted = here.send("Count")
        reply = accepted["reply"]
        here.until("delta")
        there.watch(accepted["conversation"])
        there.until_shown(reply, "One ".__eq__)
        site.until(lambda: site.saved(reply)[1] == "One ")
        cut_off(writer)
        time.sleep(0.5)
        gate.open()
        here.until_shown(reply, "One unsaved".__eq__)
        assert there.until_ended(reply, 25) == "complete"
        assert there.text(reply) == "One two"
        writer.redis.restore()
        there.hear(2)
        writer.postgres.restore()
        there.hear(4)
        assert there.text(reply) == site.saved(reply)[1]
