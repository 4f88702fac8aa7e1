"""Where a proxy blocks WebSockets, an event stream and posted commands do all that the socket does, by the same rules."""

import asyncio
import json
import threading
import uuid

import pytest
from asgiref.sync import sync_to_async
from django.contrib.sessions.models import Session
from django.test import AsyncClient, Client

from conversations.commands import watch
from conversations.live import command_rate, event_stream, posted_commands, session_check, token_bucket
from conversations.models import Message, User
from conversations.processes.supervisor import Supervisor
from tests.support.event_stream_client import EventStream
from tests.support.idle import until_idle
from tests.support.scripted_openai import Finish, Gate, Hold, ScriptedOpenAI, Stay, Text
from tests.support.socket_client import ORIGIN, Socket

pytestmark = pytest.mark.django_db(transaction=True)

HERE = "198.51.100.7"


@pytest.mark.every_database
async def test_an_answer_is_streamed_and_shown_in_every_tab_alike(alice: User, openai: ScriptedOpenAI) -> None:
    gates = [Gate(), Gate()]
    openai.script(Text("One "), Hold(gates[0]), Text("two "), Hold(gates[1]), Text("three"), Finish())
    async with EventStream(alice) as stream, Socket(alice) as socket:
        accepted = await stream.send("Count")
        assert (await stream.until("snapshot"))["message"] == accepted["reply"]
        await socket.command("watch", conversation=accepted["conversation"])
        await socket.until("snapshot")
        gates[0].open()
        await socket.until("delta")
        async with EventStream(alice, watched=(accepted["conversation"],)) as other:
            await other.until("snapshot")
            gates[1].open()
            for tab in (stream, socket, other):
                await tab.until("finished")
                assert tab.text(accepted["reply"]) == "One two three"
                assert tab.resyncs == 0
        assert (await stream.until("conversation", title="A fitting title"))["conversation"] == accepted["conversation"]


async def test_the_sender_hears_of_both_messages_whichever_stream_it_has(alice: User, openai: ScriptedOpenAI) -> None:
    stream = EventStream(alice)
    async with stream:
        request = str(uuid.uuid4())
        status, answer = await stream.post(json.dumps({"type": "send", "id": request, "text": "Hello", "conversation": None}))
        frames = [json.loads(frame) for frame in answer]
        assert (status, [frame["type"] for frame in frames]) == (200, ["accepted", "message", "message"])
        assert frames[0]["id"] == request
        await until_idle()


async def test_a_command_that_is_posted_again_is_carried_out_once(alice: User, openai: ScriptedOpenAI) -> None:
    command = json.dumps({"type": "send", "id": str(uuid.uuid4()), "text": "Once", "conversation": None})
    async with EventStream(alice) as stream:
        answers = [await stream.post(command) for _ in range(2)]
        first, again = ([json.loads(frame) for frame in frames] for _, frames in answers)
        assert again[0] == first[0]
        assert [frame["type"] for frame in again] == ["accepted", "message", "message", "snapshot"]
        await until_idle()
    assert await Message.objects.filter(role="user").acount() == 1


async def test_a_reply_is_stopped(alice: User, openai: ScriptedOpenAI) -> None:
    openai.script(Text("Endless"), Stay())
    async with EventStream(alice) as stream:
        accepted = await stream.send("Go")
        await stream.until("snapshot")
        await stream.command("stop", message=accepted["reply"])
        assert (await stream.until("finished"))["status"] == "stopped"
        await stream.command("stop", message=accepted["reply"])
        assert stream._answers
        await stream.until("finished", status="stopped")


async def test_a_posted_command_leaves_no_watcher_and_no_thread_behind(alice: User, openai: ScriptedOpenAI, process: Supervisor) -> None:
    """A reply outlives the request that began it, and must not keep the request's thread with its connection to the database."""
    async with EventStream(alice) as stream:
        await stream.answer("Warm up")
        await until_idle()
        before = threading.active_count()
        for _ in range(5):
            await stream.answer("Again", stream.watched[0])
            await until_idle()
        assert threading.active_count() <= before
    assert not process.hub.all_watchers()


# What a stream is


async def test_it_is_neither_stored_nor_compressed_nor_held_back(alice: User) -> None:
    async with EventStream(alice) as stream:
        assert stream.status == 200
        assert stream.headers[b"Content-Type"].startswith(b"text/event-stream")
        assert b"no-transform" in stream.headers[b"Cache-Control"]
        assert stream.headers[b"X-Accel-Buffering"] == b"no"
        assert b"Content-Encoding" not in stream.headers


async def test_a_silent_stream_has_a_heartbeat(alice: User, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(event_stream, "HEARTBEAT_SECONDS", 0.02)
    async with EventStream(alice) as stream:
        for _ in range(3):
            assert await stream.next() == {"type": "pong", "id": None}


async def test_one_that_fails_is_closed_and_its_page_comes_back(alice: User, monkeypatch: pytest.MonkeyPatch, process: Supervisor) -> None:
    def fail(*args: object) -> None:
        raise RuntimeError("a mistake")

    monkeypatch.setattr(watch, "require", fail)
    stream = await EventStream(alice, watched=(uuid.uuid4(),)).open()
    assert await stream.closed_with() == 1011
    assert not process.hub.all_watchers()
    await stream.close()


@pytest.mark.parametrize(
    ("method", "query", "status"),
    [("POST", "", 405), ("HEAD", "", 405), ("GET", "watch=1", 400), ("GET", "&".join(f"watch={uuid.uuid4()}" for _ in range(20)), 400)],
)
async def test_other_requests_are_refused(alice: User, method: str, query: str, status: int) -> None:
    stream = EventStream(alice)
    await stream.open(method, query)
    assert stream.status == status
    await stream.close()


async def test_another_s_conversation_is_not_watched(alice: User, bob: User, openai: ScriptedOpenAI) -> None:
    async with Socket(bob) as his:
        secret = await his.answer("Secret")
        async with EventStream(alice, watched=(secret["conversation"],)) as stream:
            assert (await stream.next_error())["code"] == "not_found"
            await his.answer("Another", secret["conversation"])
            await stream.command("ping")
            assert (await stream.next())["type"] == "pong"
            assert await stream.silent()


async def test_administrators_and_metrics_are_told(alice: User, admin: User, settings) -> None:
    settings.METRICS_TOKEN = "asked by Prometheus"
    client = AsyncClient()
    await sync_to_async(client.force_login)(admin)

    async def told() -> tuple[bool, bool]:
        overview = (await client.get("/admin/")).content.decode()
        metrics = (await client.get("/metrics", headers={"Authorization": f"Bearer {settings.METRICS_TOKEN}"})).content.decode()
        return "1 open page <" in overview, "chatbot_event_streams 1.0" in metrics

    async with Socket(alice):
        assert await told() == (False, False)
        async with EventStream(alice):
            assert await told() == (True, True)


# Who may


@pytest.mark.parametrize("origin", ["https://evil.example", "null"])
async def test_other_pages_get_none(alice: User, origin: str) -> None:
    stream = await EventStream(alice, origin=origin).open()
    assert await stream.closed_with() == 4403


@pytest.mark.parametrize(("site", "is_let_in"), [(b"same-site", False), (b"cross-site", False), (b"same-origin", True), (b"none", True)])
async def test_what_another_page_embeds_is_no_stream(alice: User, site: bytes, is_let_in: bool) -> None:
    """Browsers send no Origin with an image."""
    stream = await EventStream(alice, more_headers=((b"sec-fetch-site", site),)).open()
    if is_let_in:
        assert (await stream.next())["type"] == "ready"
        await stream.close()
    else:
        assert await stream.closed_with() == 4403


async def test_a_page_of_ours_gets_one(alice: User) -> None:
    async with EventStream(alice, origin=ORIGIN):
        pass


async def test_nobody_without_a_session(alice: User) -> None:
    assert await (await EventStream(None).open()).closed_with() == 4401
    assert await EventStream(None).post('{"type":"ping"}', alice.pk) == (401, [])


async def test_a_page_of_one_user_sends_nothing_as_another(alice: User, bob: User) -> None:
    """Bob has signed in meanwhile, in the same browser."""
    client = Client()
    await sync_to_async(client.force_login)(bob)
    page = EventStream(alice, client=client)
    command = json.dumps({"type": "send", "id": str(uuid.uuid4()), "text": "Mine", "conversation": None})
    assert await page.post(command) == (401, [])
    assert not await Message.objects.aexists()


async def test_commands_need_the_page_s_token(alice: User) -> None:
    client = AsyncClient(enforce_csrf_checks=True)
    await sync_to_async(client.force_login)(alice)
    assert (await client.post(f"/commands/?user={alice.pk}", '{"type":"ping"}', content_type="application/json")).status_code == 403
    assert (await client.get(f"/commands/?user={alice.pk}")).status_code == 405


async def test_signing_out_closes_it_at_once(alice: User) -> None:
    client = Client()
    async with EventStream(alice, client=client) as stream:
        await sync_to_async(client.post)("/accounts/logout/")
        assert await stream.closed_with() == 4401


async def test_a_session_that_ends_is_found_out(alice: User, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(session_check, "SESSION_CHECK_SECONDS", 0.05)
    async with EventStream(alice) as stream:
        await sync_to_async(Session.objects.all().delete)()
        assert await stream.closed_with() == 4401


# How much


async def test_streams_and_sockets_of_an_address_are_counted_together(alice: User, settings) -> None:
    settings.SOCKETS_PER_ADDRESS = 2
    async with EventStream(alice, address=HERE), Socket(alice, address=HERE):
        assert await (await EventStream(alice, address=HERE).open()).closed_with() == 4429
        assert await (await Socket(alice, address=HERE).open()).closed_with() == 4429
    async with EventStream(alice, address=HERE):
        pass


async def test_going_on_to_another_conversation_is_no_new_page(alice: User, openai: ScriptedOpenAI, settings) -> None:
    settings.SOCKETS_PER_ADDRESS, settings.SOCKET_OPENINGS_PER_MINUTE = 2, 1
    async with EventStream(alice, address=HERE) as stream:
        begun = await stream.answer("Hello")
        for _ in range(5):
            await stream.watch(begun["conversation"])
        await stream.until("snapshot")
        await until_idle()


async def test_an_opening_counts_as_long_as_no_user_is_signed_in(alice: User, settings) -> None:
    settings.SOCKETS_PER_ADDRESS, settings.SOCKET_OPENINGS_PER_MINUTE = 2, 1
    codes = [await (await EventStream(None, address=HERE, watched=(uuid.uuid4(),)).open()).closed_with() for _ in range(3)]
    assert codes == [4401, 4401, 4429]
    assert await (await EventStream(alice, address=HERE).open()).closed_with() == 4429


async def test_an_invented_session_takes_little_memory(alice: User) -> None:
    before = set(command_rate._by_session)
    assert await posted_commands.answer(json.dumps({"type": "stop", "message": str(uuid.uuid4())}), "x" * 8000, alice.pk) == 4401
    (counted,) = set(command_rate._by_session) - before
    assert len(counted) < 100


async def test_commands_are_as_many_as_on_a_socket(alice: User, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(token_bucket, "monotonic", lambda: 1000.0)  # nothing is filled up again
    stream = EventStream(alice)
    async with stream:
        for _ in range(40):
            assert "pong" in (await stream.post('{"type":"ping"}'))[1][0]
        identity = str(uuid.uuid4())
        (refusal,) = (await stream.post(json.dumps({"type": "ping", "id": identity})))[1]
        assert (json.loads(refusal)["code"], json.loads(refusal)["id"]) == ("too_many", identity)
        too_often = await EventStream(alice, client=stream.client, watched=(uuid.uuid4(),)).open()
        assert await too_often.closed_with() == 4429
        for _ in range(199):
            await stream.post('{"type":"ping"}')
        assert await stream.post('{"type":"ping"}') == (429, [])


@pytest.mark.parametrize(("body", "code"), [(b"\xff", "bad_frame"), ("[]", "bad_frame"), ('{"type":"drop"}', "unknown_command")])
async def test_what_is_no_command_is_answered_with_its_code(alice: User, body: str | bytes, code: str) -> None:
    async with EventStream(alice) as stream:
        status, (frame,) = await stream.post(body)
        assert (status, json.loads(frame)["code"]) == (200, code)


async def test_a_stream_that_is_closed_is_forgotten(alice: User, process: Supervisor) -> None:
    async with EventStream(alice), EventStream(alice):
        assert len(process.hub.watchers_of(alice.pk)) == 2
    await asyncio.sleep(0)
    assert not process.hub.all_watchers()
