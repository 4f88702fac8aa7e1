"""What the review of several processes found: each of these fails."""

import signal
import time
from collections.abc import Iterator

import pytest

from tests.conftest import title_if_asked
from tests.scripted_openai import Answer, Finish, Gate, Hold, Request, ScriptedOpenAI, Stay, Text
from tests.serving import Serving
from tests.site import Process, Site
from tests.wire import Wire

pytestmark = [pytest.mark.several_processes, pytest.mark.timeout(120)]


@pytest.fixture
def provider() -> Iterator[ScriptedOpenAI]:
    with ScriptedOpenAI.in_thread() as server:
        server.answer_with = title_if_asked
        yield server


def until(test, seconds: float = 15) -> None:
    deadline = time.monotonic() + seconds
    while not test():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def row(site: Site, reply: str) -> tuple:
    return site.rows("SELECT status, run, lease_holder FROM conversations_message WHERE id = %s", reply)[0]


def cut_off(process: Process) -> None:
    process.postgres.cut()
    process.redis.cut()


def back(process: Process) -> None:
    process.redis.mend()
    process.postgres.mend()


def test_who_comes_back_does_not_cancel_what_another_reads(serve: Serving, provider: ScriptedOpenAI):
    with Site(serve, provider.base_url, OPENAI_API="responses", OPENAI_RESUME="background") as site:
        writer, other = site.start(), site.start()
        gate = Gate()
        provider.script(Text("One "), Hold(gate), Text("two"), Finish())
        here, there = site.tab(writer), site.tab(other)
        accepted = here.send("Count")
        reply = accepted["reply"]
        there.watch(accepted["conversation"])
        there.until_shown(reply, "One ".__eq__)
        until(lambda: site.saved(reply)[1] == "One ")
        cut_off(writer)
        until(lambda: row(site, reply)[1] == 1, 25)  # taken over
        time.sleep(1)
        back(writer)
        writer.served.wait_for("goes on in another process", 20)
        time.sleep(1)
        print("cancelled:", provider.cancelled)
        gate.open()
        status = there.until_ended(reply, 15)
        print("other's tab", status, repr(there.text(reply)), row(site, reply), site.saved(reply))
        assert (status, there.text(reply), provider.cancelled) == ("complete", "One two", [])


def test_who_comes_back_tells_its_watchers_what_became_of_it(serve: Serving, provider: ScriptedOpenAI):
    with Site(serve, provider.base_url, OPENAI_RESUME="prefix") as site:
        writer, other = site.start(), site.start()
        provider.script(Text("One "), Stay())
        provider.script(Text("two"), Finish())
        here, there = site.tab(writer), site.tab(other)
        accepted = here.send("Count")
        reply = accepted["reply"]
        here.until("delta")
        there.watch(accepted["conversation"])
        until(lambda: site.saved(reply)[1] == "One ")
        cut_off(writer)
        until(lambda: row(site, reply)[0] == "complete", 25)
        writer.redis.mend()
        ready = sum(frame["type"] == "ready" for frame in here.frames)
        until(lambda: here.hear(0.2) or sum(frame["type"] == "ready" for frame in here.frames) > ready)
        here.watch(accepted["conversation"])  # as the page does; it is answered with an error
        here.hear(4)
        writer.postgres.mend()
        writer.served.wait_for("goes on in another process", 20)
        here.hear(10)
        print("writer's tab:", here.status(reply), repr(here.text(reply)), "| saved:", site.saved(reply))
        print([(f["type"], f.get("status"), f.get("end"), f.get("code")) for f in here.frames])
        assert (here.status(reply), here.text(reply)) == ("complete", "One two")


def test_who_comes_back_does_not_undo_a_stop(serve: Serving, provider: ScriptedOpenAI):
    with Site(serve, provider.base_url) as site:
        writer, other = site.start(), site.start()
        provider.script(Text("One "), Stay())
        here, there = site.tab(writer), site.tab(other)
        accepted = here.send("Count")
        reply = accepted["reply"]
        here.until("delta")
        there.watch(accepted["conversation"])
        there.until_shown(reply, "One ".__eq__)
        until(lambda: site.saved(reply)[1] == "One ")
        cut_off(writer)
        time.sleep(0.5)
        there.command("stop", message=reply)
        assert there.until_ended(reply, 25) == "stopped"
        back(writer)
        time.sleep(8)
        print(row(site, reply), "upstream gone:", provider.streams[-1].gone.is_set())
        print(writer.served.output[-1500:])
        assert row(site, reply)[0] == "stopped"
        assert provider.streams[-1].gone.is_set()


def test_a_stop_after_a_kill_ends_spending(serve: Serving, provider: ScriptedOpenAI):
    with Site(serve, provider.base_url, OPENAI_API="responses", OPENAI_RESUME="background") as site:
        writer, other = site.start(), site.start()
        provider.script(Text("One "), Hold(Gate()))
        here, there = site.tab(writer), site.tab(other)
        accepted = here.send("Count")
        reply = accepted["reply"]
        there.watch(accepted["conversation"])
        until(lambda: site.saved(reply)[1] == "One ")
        writer.served.kill()
        there.command("stop", message=reply)
        assert there.until_ended(reply, 15) == "stopped"
        time.sleep(3)
        print("cancelled:", provider.cancelled)
        assert provider.cancelled


@pytest.mark.parametrize("processes", [1, 2])
def test_who_drains_does_not_mark_what_it_leaves(serve: Serving, provider: ScriptedOpenAI, processes: int):
    many = 150 if processes == 2 else 3
    asked: list[str] = []

    def answer(request: Request) -> Answer | None:
        if title := title_if_asked(request):
            return title
        asked.append(request.question)
        return Answer(steps=(Text("One "), Stay()))

    provider.answer_with = answer
    with Site(serve, provider.base_url, OPENAI_RESUME="prefix", DRAIN_SECONDS="0.3") as site:
        writer = site.start()
        if processes == 2:
            site.start()
        tabs = [site.tab(writer, f"person {number}") for number in range(5)]
        replies = [tabs[number % 5].send(f"Question {number}")["reply"] for number in range(many)]
        until(lambda: len(asked) >= many)
        time.sleep(2.5)
        with _deaf(site, writer):  # a tab whose machine sleeps: it doesn't answer the close
            writer.served.process.send_signal(signal.SIGTERM)
            writer.served.process.wait(30)
        time.sleep(1)
        statuses = [row(site, reply)[0] for reply in replies]
        print({status: statuses.count(status) for status in set(statuses)})
        print(writer.served.output.count("is marked interrupted"), "marked by the draining one")
        assert set(statuses) == {"streaming"}


def _deaf(site: Site, process: Process):
    import socket
    from urllib.parse import urlsplit

    from django.conf import settings

    parts = urlsplit(process.address)
    raw = socket.create_connection((parts.hostname, parts.port))
    session = next(iter(site._sessions.values()))
    raw.sendall(
        f"GET /ws/ HTTP/1.1\r\nHost: {parts.netloc}\r\nOrigin: {process.address}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
        f"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nCookie: {settings.SESSION_COOKIE_NAME}={session}\r\n\r\n".encode()
    )
    time.sleep(0.5)
    return raw


def test_a_second_signal_takes_effect_at_once(serve: Serving, provider: ScriptedOpenAI):
    with Site(serve, provider.base_url) as site:
        process = site.start(PYTHONFAULTHANDLER="1")
        tab = site.tab(process)
        provider.script(Text("One"), Finish())
        tab.send("Warm")
        tab.until("finished")
        process.postgres.go_dead()
        tab.command("send", text="Hm", conversation=None, parent=None, attachments=[], prompt=None, model=None)
        time.sleep(1)
        process.served.process.send_signal(signal.SIGTERM)
        time.sleep(1)
        process.served.process.send_signal(signal.SIGTERM)
        began = time.monotonic()
        try:
            process.served.process.wait(40)
        finally:
            print("ended after", time.monotonic() - began, process.served.process.poll())
            if process.served.process.poll() is None:
                process.served.process.send_signal(signal.SIGABRT)
                time.sleep(1)
            print(process.served.output[-5000:])


def test_a_silent_redis_is_no_error_of_ours(serve: Serving, provider: ScriptedOpenAI):
    with Site(serve, provider.base_url) as site:
        process = site.start()
        time.sleep(1)
        process.redis.go_dead()
        time.sleep(17)
        print(process.served.output[-3000:])
        assert "Traceback" not in process.served.output


def test_who_drains_leaves_the_replies_of_others_alone(serve: Serving, provider: ScriptedOpenAI):
    with Site(serve, provider.base_url, OPENAI_RESUME="prefix", DRAIN_SECONDS="2") as site:
        processes = [site.start(), site.start()]
        provider.script(Text("One "), Stay())
        tab = site.tab(processes[0])
        reply = tab.send("Count")["reply"]
        tab.until("delta")
        provider.script(Text("Other "), Stay())
        other = site.tab(processes[1])
        other.send("Count")
        other.until("delta")
        until(lambda: site.saved(reply)[1] == "One ")
        for process in processes:
            process.served.process.send_signal(signal.SIGTERM)
            time.sleep(0.7)
        for process in processes:
            process.served.process.wait(30)
        print(row(site, reply))
        assert row(site, reply)[0] == "streaming"


def test_who_leaves_while_taking_up_does_not_cancel(serve: Serving, provider: ScriptedOpenAI):
    line = Wire(provider.port)
    with line, Site(serve, line.url(provider.base_url), OPENAI_API="responses", OPENAI_RESUME="background", DRAIN_SECONDS="0.3") as site:
        writer, other = site.start(), site.start()
        provider.script(Text("One "), Hold(Gate()))
        here = site.tab(writer)
        accepted = here.send("Count")
        reply = accepted["reply"]
        until(lambda: site.saved(reply)[1] == "One ")
        line.go_dead()
        writer.served.kill()
        until(lambda: row(site, reply)[1] == 1)
        time.sleep(0.7)
        other.served.process.send_signal(signal.SIGTERM)
        time.sleep(1.2)
        line.mend()
        other.served.process.wait(30)
        print("cancelled:", provider.cancelled, row(site, reply))
        assert provider.cancelled == []


def test_what_was_never_saved_is_not_shown_as_complete(serve: Serving, provider: ScriptedOpenAI):
    with Site(serve, provider.base_url, OPENAI_RESUME="prefix") as site:
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
        until(lambda: site.saved(reply)[1] == "One ")
        cut_off(writer)
        time.sleep(0.5)
        gate.open()
        here.until_shown(reply, "One unsaved".__eq__)
        assert there.until_ended(reply, 25) == "complete"
        assert there.text(reply) == "One two"
        writer.redis.mend()
        there.hear(6)
        writer.postgres.mend()
        there.hear(8)
        print([(f["type"], f.get("status"), f.get("end")) for f in there.frames][-8:], writer.served.output[-2500:])
        print("tab:", there.status(reply), there.text(reply), "| saved:", site.saved(reply))
        assert there.text(reply) == site.saved(reply)[1]
