"""A process that is stopped hands over the replies that it can't finish, cancels none that can be continued, and ends."""

import json
import signal
import socket
import time
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.conf import settings
from redis import Redis
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import ClientConnection, connect
from websockets.typing import Origin

from conversations.processes.presence import ALL_PROCESSES
from tests.support.scripted_openai import Gate, ScriptedOpenAI, Stay, Text
from tests.support.scripted_openai import Hold as HoldText
from tests.support.scripted_realtime import LOUD, QUIET, Hold, Say, ScriptedRealtime
from tests.support.serving import Serving
from tests.support.site import Process, Site
from tests.support.tab import Tab
from tests.support.wire import Wire

pytestmark = [pytest.mark.several_processes, pytest.mark.timeout(120)]


def deaf_tab(site: Site, process: Process) -> socket.socket:
    """A tab whose machine sleeps: it doesn't answer when it is asked to reconnect."""
    parts = urlsplit(process.address)
    tab = socket.create_connection((parts.hostname, parts.port))
    headers = {
        "Host": parts.netloc,
        "Origin": process.address,
        "Connection": "Upgrade",
        "Upgrade": "websocket",
        "Sec-WebSocket-Version": "13",
        "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
        "Cookie": f"{settings.SESSION_COOKIE_NAME}={site.session('alice')}",
    }
    tab.sendall("\r\n".join(["GET /ws/ HTTP/1.1", *(f"{name}: {value}" for name, value in headers.items()), "", ""]).encode())
    assert b"101" in tab.recv(1000)
    return tab


def close_code(tab: Tab) -> int | None:
    """With which code its connection is closed, without having heard of an end before."""
    try:
        while tab.next()["type"] != "finished":
            pass
    except ConnectionClosed as closed:
        return closed.rcvd.code if closed.rcvd else None
    return None


def test_pages_leave_it_for_a_process_that_goes_on_and_not_for_one_that_stops(quick_serve: Serving, provider: ScriptedOpenAI):
    with Site(quick_serve, provider.base_url) as site:
        first, second = site.start(DRAIN_SECONDS="60"), site.start(DRAIN_SECONDS="0.3", ANSWER_SECONDS="1")  # which the first won't give
        tabs = []
        for process in (first, second):
            provider.script(Text("One "), Stay())
            tabs.append(tab := site.tab(process))
            tab.send("Count")
            tab.until("delta")
        first.served.process.send_signal(signal.SIGTERM)
        assert close_code(tabs[0]) == 1012
        second.served.process.send_signal(signal.SIGTERM)
        assert tabs[1].until("finished")["status"] == "interrupted"
        assert close_code(tabs[1]) == 1012


def test_an_answer_that_is_spoken_is_heard_to_its_end(quick_serve: Serving):
    """Though another process goes on, to which its page moves after that."""
    with ScriptedRealtime.in_thread() as talker, Site(quick_serve, talker.base_url, REALTIME_MODEL="scripted-talker") as site:
        first, _ = site.start(DRAIN_SECONDS="60"), site.start()
        gate = Gate()
        talker.answers.append((Say("One "), Hold(gate), Say("two")))
        cookie = {"Cookie": f"{settings.SESSION_COOKIE_NAME}={site.session('alice')}"}
        address = first.address.replace("http", "ws", 1) + "/ws/talk/"
        with site.tab(first) as tab, connect(address, origin=Origin(first.address), additional_headers=cookie) as talk:
            talk.send(json.dumps({"type": "talk", "id": tab.new_id(), "conversation": None}))
            _until(talk, "talking")
            for piece in (LOUD, *[QUIET] * 13):
                talk.send(piece)
            _until(talk, "speaking")
            first.served.process.send_signal(signal.SIGTERM)
            assert close_code(tab) == 1012
            gate.open()
            reply = _until(talk, "answered")["reply"]
            with pytest.raises(ConnectionClosed) as closed:
                _until(talk, "ended")
        assert closed.value.rcvd is not None
        assert closed.value.rcvd.code == 1012
        assert site.saved(reply) == ("complete", "One two")


def _until(talk: ClientConnection, kind: str) -> dict[str, Any]:
    while isinstance(frame := talk.recv(15), bytes) or json.loads(frame)["type"] != kind:
        pass
    return json.loads(frame)  # type: ignore[no-any-return]


def test_pages_stay_where_redis_only_counts_another_process(quick_serve: Serving, provider: ScriptedOpenAI):
    """As it does for a while after the machine of that process has gone."""
    with Site(quick_serve, provider.base_url, DRAIN_SECONDS="0.3") as site, Redis.from_url(site.redis_url) as redis:
        process = site.start(ANSWER_SECONDS="1")
        provider.script(Text("One "), Stay())
        tab = site.tab(process)
        tab.send("Count")
        tab.until("delta")
        (topic,) = (name for name in redis.pubsub_channels() if name.endswith(ALL_PROCESSES.bytes))
        with redis.pubsub() as left_over:
            left_over.subscribe(topic)
            site.until(lambda: redis.pubsub_numsub(topic)[0][1] == 2)
            process.served.process.send_signal(signal.SIGTERM)
            assert tab.until("finished")["status"] == "interrupted"
        assert close_code(tab) == 1012


def test_it_does_not_mark_what_it_leaves(quick_serve: Serving, provider: ScriptedOpenAI):
    with Site(quick_serve, provider.base_url, OPENAI_RESUME="prefix", DRAIN_SECONDS="0.3") as site:
        process = site.start()
        provider.script(Text("One "), Stay())
        tab = site.tab(process)
        reply = tab.send("Count")["reply"]
        tab.until("delta")
        with deaf_tab(site, process):
            process.served.process.send_signal(signal.SIGTERM)
            assert process.served.process.wait(60) == 0
        assert site.saved(reply) == ("streaming", "One ")


def test_two_that_stop_together_leave_each_others_alone(quick_serve: Serving, provider: ScriptedOpenAI):
    # A busy machine may have one of them hear late of its end, but before the other leaves what it has.
    with Site(quick_serve, provider.base_url, OPENAI_RESUME="prefix", DRAIN_SECONDS="8", ANSWER_SECONDS="1") as site:
        processes, replies = [site.start(), site.start()], []
        for process in processes:
            provider.script(Text("One "), Stay())
            tab = site.tab(process)
            replies.append(tab.send("Count")["reply"])
            tab.until("delta")
        for process in processes:
            process.served.process.send_signal(signal.SIGTERM)
            time.sleep(0.7)
        for process in processes:
            assert process.served.process.wait(60) == 0
        assert [site.saved(reply) for reply in replies] == [("streaming", "One ")] * 2


def test_what_it_was_about_to_take_up_is_not_cancelled(quick_serve: Serving, provider: ScriptedOpenAI):
    line = Wire(provider.port)
    environment = {"OPENAI_API": "responses", "OPENAI_RESUME": "background", "DRAIN_SECONDS": "0.3", "ANSWER_SECONDS": "1"}
    with line, Site(quick_serve, line.url(provider.base_url), **environment) as site:
        writer, other = site.start(), site.start()
        provider.script(Text("One "), HoldText(Gate()))
        reply = site.tab(writer).send("Count")["reply"]
        site.until(lambda: site.saved(reply)[1] == "One ")
        line.go_dead()
        writer.served.kill()
        site.until(lambda: site.run(reply) == 1)
        other.served.process.send_signal(signal.SIGTERM)
        time.sleep(1)
        line.restore()
        assert other.served.process.wait(60) == 0
        assert provider.cancelled == []


def test_a_database_that_says_nothing_does_not_keep_it(quick_serve: Serving, provider: ScriptedOpenAI):
    with Site(quick_serve, provider.base_url) as site:
        process = site.start()
        tab = site.tab(process)
        process.postgres.go_dead()
        tab.command("send", text="Hm", conversation=None)
        for _ in range(2):
            time.sleep(0.5)
            process.served.process.send_signal(signal.SIGTERM)
        process.served.process.wait(15)
