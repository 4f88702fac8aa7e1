"""Requests with files take little memory and hold up nothing: only so much is written at once, by threads of its own, and none is kept."""

import asyncio
import socket
import threading
import tracemalloc
from collections.abc import Callable
from dataclasses import replace
from functools import partial

import pytest

from conversations import storage_threads
from conversations.providers import chat_completions, clients, large_bodies
from conversations.providers.endpoint import Api, Endpoint
from conversations.providers.large_bodies import MOST_BYTES, Room
from conversations.providers.repeated_requests import encoded
from conversations.providers.request import Request, Turn, TurnFile
from tests.support.provider_stream import REQUEST, on_both_wires, parts, provider
from tests.support.scripted_openai import Answer, Finish, Gate, Hold, Text, failure

SIZE = 4_000_000


def request(read: Callable[[], bytes] = lambda: bytes(SIZE), size: int = SIZE) -> Request:
    image = TurnFile("image", "sun.webp", "image/webp", size, 10, read)
    return replace(REQUEST, turns=[Turn("user", "What is it? 🌞", (image,))])


@on_both_wires
async def test_what_was_sent_is_let_go_of_before_the_answer_begins(api: Api) -> None:
    async with provider(api) as (server, endpoint):
        await parts(endpoint, request(lambda: b"sun"))  # what a client makes once
        gate = Gate()
        server.queue(Answer(before_headers=(Hold(gate),), steps=(Text("A"), Finish())))
        tracemalloc.start()
        try:
            answer = asyncio.create_task(parts(endpoint, request()))
            await gate.reached()
            server.requests.clear()
            ours = tracemalloc.take_snapshot().filter_traces([tracemalloc.Filter(True, "*/conversations/*")])
            assert sum(one.size for one in ours.statistics("filename")) < 1_000_000
            assert await clients.room().take(MOST_BYTES) == MOST_BYTES, "Another one may be written."
            clients.room().give_back(MOST_BYTES)
        finally:
            tracemalloc.stop()
            gate.open()
        await answer


@pytest.mark.parametrize("most", [1.5, 2**70])
async def test_it_is_the_json_that_the_sdk_would_send(most: float) -> None:
    asked = replace(request(lambda: b"sun"), output_schema={"type": "integer", "maximum": most})
    build = partial(chat_completions.body, Endpoint("http://127.0.0.1:1/v1", "chat_completions", "", "m", 1000), asked, set())
    body = await large_bodies.written(build, 3, Room())
    content = b"".join([piece async for piece in body])
    assert (content, body.size) == (encoded(build()), len(content))


async def test_a_storage_that_does_not_answer_holds_up_no_look_up_of_names() -> None:
    answers = threading.Event()

    def read() -> bytes:
        assert answers.wait(120)
        return b"sun"

    async with provider("chat_completions") as (_, endpoint):
        waiting = [asyncio.create_task(parts(endpoint, request(read, size=1))) for _ in range(50)]  # more than there are threads
        try:
            await asyncio.sleep(0)
            assert await asyncio.wait_for(asyncio.get_running_loop().getaddrinfo("127.0.0.1", 80, type=socket.SOCK_STREAM), 60)
            assert not any(task.done() for task in waiting)
        finally:
            answers.set()
        assert len(await asyncio.gather(*waiting)) == 50


async def test_only_so_many_are_written_and_sent_at_once() -> None:
    gates, reading = [threading.Event() for _ in range(3)], asyncio.Queue[int]()
    loop = asyncio.get_running_loop()

    def reader(number: int) -> Callable[[], bytes]:
        def read() -> bytes:
            loop.call_soon_threadsafe(reading.put_nowait, number)
            assert gates[number].wait(120)
            return b"sun"

        return read

    async with provider("chat_completions") as (server, endpoint):
        server.queue(failure(400, "No"))
        asked = [asyncio.create_task(_outcome(endpoint, request(reader(number), MOST_BYTES))) for number in range(3)]
        for number in range(3):
            assert await reading.get() == number
            for _ in range(10):
                await asyncio.sleep(0)
            assert reading.empty()
            gates[number].set()
            await asked[number]
    assert [task.result() for task in asked] == ["request", "", ""], "One that failed leaves its room, too."


async def test_what_could_not_be_sent_leaves_its_room() -> None:
    async with provider("chat_completions") as (_, endpoint):
        unreachable = replace(endpoint, base_url="http://127.0.0.1:1/v1")
        assert await _outcome(unreachable, request(lambda: b"sun", MOST_BYTES)) == "network"
        assert await asyncio.wait_for(clients.room().take(MOST_BYTES), 5) == MOST_BYTES


async def _outcome(endpoint: Endpoint, asked: Request) -> str:
    try:
        await parts(endpoint, asked)
    except Exception as error:  # noqa: BLE001
        return str(getattr(error, "kind", error))
    return ""


async def test_room_is_given_in_order_and_not_lost_to_those_who_leave() -> None:
    room, got = Room(10), list[int]()

    async def take(count: int) -> None:
        got.append(await room.take(count))

    await take(8)
    tasks = [asyncio.create_task(take(count)) for count in (5, 1, 100, 2)]
    await asyncio.sleep(0)
    assert got == [8], "What is small doesn't overtake what is large for ever."
    tasks[0].cancel()
    await asyncio.wait(tasks[:1])
    await asyncio.sleep(0)
    assert got == [8, 1]
    room.give_back(8)
    room.give_back(1)
    await asyncio.sleep(0)
    assert got == [8, 1, 10]
    room.give_back(10)
    tasks[3].cancel()  # it was given its room, and doesn't know yet
    await asyncio.wait(tasks)
    assert await asyncio.wait_for(room.take(10), 5) == 10


async def test_work_runs_in_threads_of_its_own() -> None:
    assert (await storage_threads.run(lambda: threading.current_thread().name)).startswith("storage")
