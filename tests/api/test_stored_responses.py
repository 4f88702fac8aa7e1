"""A response that is stored is an answer in the page, outlives its request, is resumed where its reader left off, and is its token's alone."""

from __future__ import annotations

import asyncio
import uuid
from typing import Any, get_args

import pytest
from asgiref.sync import sync_to_async
from django.test import AsyncClient
from openai.types.responses import ResponseError

from conversations.api import authentication
from conversations.api.responses import listener
from conversations.commands import deletion
from conversations.models import ApiToken, Attempt, Conversation, Feedback, File, Message, Role, Scope, SystemPrompt, User
from tests.api.test_responses import ask, events_of
from tests.support.api import Headers, error_of, program_of
from tests.support.pictures import encoded, picture
from tests.support.scripted_openai import Finish, Gate, Hold, Reasoning, ScriptedOpenAI, Text, Wait, failure

pytestmark = pytest.mark.django_db(transaction=True)

HERE = "/v1/responses"


async def get(program: Headers, response_id: str, **query: Any) -> Any:
    return await AsyncClient().get(f"{HERE}/{response_id}", query, headers=program)


async def events(response: Any) -> list[dict[str, Any]]:
    assert response.status_code == 200, response.content
    return events_of(b"".join([event async for event in response]))


def said(events: list[dict[str, Any]]) -> str:
    return "".join(event["delta"] for event in events if event["type"].endswith("text.delta"))


async def test_it_is_an_answer_in_the_page_and_goes_on_from_there(program: Headers, openai: ScriptedOpenAI, alice: User) -> None:
    openai.script(Text("Ahoy!"), Finish())
    first = (await ask(program, store=True)).json()
    assert (first["status"], first["store"], first["model"]) == ("completed", True, "pirate")
    assert first["output"][0]["content"][0]["text"] == "Ahoy!"
    conversation = await Conversation.objects.of(alice).aget()
    assert first["conversation"] == {"id": f"conv_{conversation.pk.hex}"}
    openai.script(Text("Arr."), Finish())
    second = (await ask(program, previous_response_id=first["id"], input="Again")).json()
    openai.script(Text("Yo-ho."), Finish())
    third = (await ask(program, conversation=first["conversation"]["id"], input="And again")).json()
    texts = [message.text async for message in Message.objects.filter(conversation=conversation).order_by("pk")]
    assert texts == ["Hello", "Ahoy!", "Again", "Arr.", "And again", "Yo-ho."]
    assert third["conversation"] == second["conversation"] == first["conversation"]
    assert "Ahoy!" in str(openai.streams[-1].body) and "Arr." in str(openai.streams[-1].body)
    attempt = await Attempt.objects.select_related("token").filter(reply=uuid.UUID(first["id"].removeprefix("resp_"))).aget()
    assert attempt.token is not None and attempt.purpose == "answer"
    assert (await get(program, first["id"])).json() == first


async def test_a_reader_who_leaves_finds_the_rest_later(program: Headers, openai: ScriptedOpenAI) -> None:
    gate = Gate()
    openai.script(Reasoning("Hm."), Text("Ahoy "), Hold(gate), Text("there!"), Finish())
    stream = aiter(await ask(program, store=True, stream=True))
    seen: list[dict[str, Any]] = []
    while "Ahoy" not in said(seen):
        seen += events_of(await anext(stream))
    await stream.aclose()
    response_id, last = seen[0]["response"]["id"], seen[-1]["sequence_number"]
    running = (await get(program, response_id)).json()
    assert running["status"] == "in_progress"
    resumed = await get(program, response_id, stream="true", starting_after=last)
    gate.open()
    rest = await events(resumed)
    assert said(seen) + said(rest) == "Hm.Ahoy there!" and rest[-1]["type"] == "response.completed"
    assert min(event["sequence_number"] for event in rest) > last
    again = await events(await get(program, response_id, stream="true", starting_after=last))
    assert said(again) == said(rest) and again[-1] == rest[-1]
    whole = await events(await get(program, response_id, stream="true"))
    assert said(whole) == "Hm.Ahoy there!" and whole[0]["type"] == "response.created"


async def test_in_the_background_it_is_cancelled(program: Headers, openai: ScriptedOpenAI) -> None:
    gate = Gate()
    openai.script(Text("Ahoy "), Hold(gate), Finish())
    begun = (await ask(program, background=True)).json()
    assert (begun["status"], begun["background"]) == ("in_progress", True)
    await gate.reached()
    cancelled = (await AsyncClient().post(f"{HERE}/{begun['id']}/cancel", headers=program)).json()
    assert cancelled["status"] == "cancelled"
    assert await openai.streams[0].client_left() < 5
    gate.open()
    shown = (await get(program, begun["id"])).json()
    assert (shown["status"], shown["background"]) == ("cancelled", True)


async def test_a_slow_reader_is_given_what_they_missed_of_a_snapshot(
    program: Headers, openai: ScriptedOpenAI, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(listener, "MOST_WAITING", 2_000)
    gate, words = Gate(), [f"{number} " * 100 for number in range(40)]
    openai.script(Text("Ahoy "), Hold(gate), *(step for word in words for step in (Text(word), Wait(0.001))), Finish())
    stream = aiter(await ask(program, store=True, stream=True))
    seen: list[dict[str, Any]] = []
    while "Ahoy" not in said(seen):
        seen += events_of(await anext(stream))
    gate.open()
    response_id = seen[0]["response"]["id"]
    while (await get(program, response_id)).json()["status"] == "in_progress":
        pass  # and nothing is read of the stream meanwhile
    seen += events_of(b"".join([event async for event in stream]))
    assert said(seen) == "Ahoy " + "".join(words)
    assert seen[-1]["response"]["output"][0]["content"][0]["text"] == said(seen)
    numbers = [event["sequence_number"] for event in seen]
    assert numbers == sorted(set(numbers))


async def test_one_that_is_deleted_while_its_caller_waits_is_not_found(program: Headers, openai: ScriptedOpenAI, alice: User) -> None:
    """At once: its caller waits far less than until it would be looked for."""
    gate = Gate()
    openai.script(Text("Ahoy "), Hold(gate), Finish())
    waiting = asyncio.ensure_future(ask(program, store=True))
    await gate.reached()
    message = await Message.objects.aget(role=Role.ASSISTANT)
    await sync_to_async(deletion.delete)(alice, [message.conversation_id])
    assert (await waiting).status_code == 404
    gate.open()


async def test_the_stream_of_one_that_is_deleted_ends_with_an_event(program: Headers, openai: ScriptedOpenAI, alice: User) -> None:
    gate = Gate()
    openai.script(Text("Ahoy "), Hold(gate), Finish())
    stream = aiter(await ask(program, store=True, stream=True))
    seen: list[dict[str, Any]] = []
    while "Ahoy" not in said(seen):
        seen += events_of(await anext(stream))
    message = await Message.objects.aget(role=Role.ASSISTANT)
    running = (await get(program, seen[0]["response"]["id"])).json()
    assert [item["status"] for item in running["output"]] in ([], ["in_progress"])
    await sync_to_async(deletion.delete)(alice, [message.conversation_id])
    rest = events_of(b"".join([event async for event in stream]))
    assert (rest[-1]["type"], rest[-1]["code"], rest[-1]["param"]) == ("error", "not_found", None)
    assert rest[-1]["sequence_number"] > seen[-1]["sequence_number"]
    gate.open()


SLOOP = {"type": "input_image", "image_url": f"data:image/png;base64,{encoded(picture())}"}


async def test_its_request_may_say_more_than_one_message(program: Headers, openai: ScriptedOpenAI, alice: User) -> None:
    """What it says beside them counts for this answer alone; the page shows the messages, their files and the answer."""
    openai.script(Text("A sloop."), Finish())
    talk = [
        {"role": "developer", "content": "Be brief."},
        {"role": "user", "content": "Hello"},
        {"role": "assistant", "content": "Ahoy!"},
        {"role": "user", "content": [{"type": "input_text", "text": "What is this?"}, SLOOP]},
    ]
    more = {"temperature": 0.5, "max_output_tokens": 99, "metadata": {"voyage": "7"}, "instructions": "Say it in English."}
    response = (await ask(program, store=True, input=talk, **more)).json()
    assert {name: response[name] for name in ("temperature", "max_output_tokens", "metadata")} == {
        "temperature": 0.5,
        "max_output_tokens": 99,
        "metadata": {"voyage": "7"},
    }
    asked = openai.streams[0].body
    assert (asked["temperature"], asked["max_tokens"]) == (0.5, 99) and "asked" not in asked
    assert openai.streams[0].system == "Talk like a pirate.\n\nSay it in English.\n\nBe brief."
    assert [message["role"] for message in asked["messages"]] == ["system", "user", "assistant", "user"]
    assert asked["messages"][-1]["content"][0]["type"] == "image_url"
    rows = [message async for message in Message.objects.order_by("pk")]
    assert [(row.role, row.text) for row in rows] == [
        ("user", "Hello"),
        ("assistant", "Ahoy!"),
        ("user", "What is this?"),
        ("assistant", "A sloop."),
    ]
    assert [row.parent_id for row in rows] == [None, *(row.pk for row in rows[:3])]
    assert await File.objects.of(alice).filter(attachments__message=rows[2].pk).aexists()
    assert (await get(program, response["id"])).json() == response
    openai.script(Text("Arr."), Finish())
    following = (await ask(program, previous_response_id=response["id"], input="And now?")).json()
    again = next(one for one in openai.streams if one.question == "And now?")
    assert again.system == "Talk like a pirate." and again.body["temperature"] == 0.3
    assert following["metadata"] == {} and following["instructions"] is None
    refused = await AsyncClient().delete(f"{HERE}/{response['id']}", headers=program)
    assert (refused.status_code, error_of(refused)["code"]) == (409, "has_others")


async def test_what_is_asked_may_be_more_than_waits_for_a_slow_reader(program: Headers, openai: ScriptedOpenAI) -> None:
    turns = [{"role": ("user", "assistant")[number % 2], "content": f"{number} " * 30_000} for number in range(7)]
    for key in ("once", "once", "another"):
        openai.script(Text("Ahoy!"), Finish())
        response = await ask({**program, "Idempotency-Key": key}, store=True, input=turns)
        assert response.status_code == 200 and response.json()["output"][0]["content"][0]["text"] == "Ahoy!"
    assert await Message.objects.acount() == 2 * 8


async def test_switches_count_for_the_files_of_all_its_messages(program: Headers, openai: ScriptedOpenAI) -> None:
    await SystemPrompt.objects.filter(slug="pirate").aupdate(switched_off=["images"])
    talk = [{"role": "user", "content": [SLOOP]}, {"role": "assistant", "content": "A sloop."}, {"role": "user", "content": "Sure?"}]
    refused = await ask(program, store=True, input=talk)
    assert refused.status_code == 400 and "Remove it" in error_of(refused)["message"]
    refused = await ask(program, input=talk)  # that is not stored
    assert (refused.status_code, error_of(refused)["code"]) == (403, "switched_off")
    assert not openai.streams and not await Message.objects.aexists()


@pytest.mark.every_database  # PostgreSQL has no text with NUL
async def test_one_with_earlier_messages_is_kept_whatever_they_hold_and_deleted(program: Headers, openai: ScriptedOpenAI) -> None:
    openai.script(Text("A sloop."), Finish())
    talk = [{"role": role, "content": f"Ahoy\0{number}"} for number, role in enumerate(("user", "assistant", "user"))]
    more = {"metadata": {"voy\0age": "7\0"}, "instructions": "Be\0 brief.", "prompt": {"variables": {"ship\0": "sl\0oop"}}}
    made = (await ask(program, store=True, input=talk, **more)).json()
    assert (made["metadata"], made["instructions"]) == ({"voy\ufffdage": "7\ufffd"}, "Be\ufffd brief.")
    assert openai.streams[0].question == "Ahoy\ufffd2"
    deleted = await AsyncClient().delete(f"{HERE}/{made['id']}", headers=program)
    assert deleted.status_code == 200 and not await Conversation.objects.aexists()


async def test_a_failure_is_told_in_words_that_clients_know(program: Headers, openai: ScriptedOpenAI) -> None:
    openai.queue(failure(400, "This model's maximum context length is 8 tokens.", code="context_length_exceeded"))
    failed = (await events(await ask(program, store=True, stream=True)))[-1]
    assert (failed["type"], failed["response"]["error"]["code"]) == ("response.failed", "invalid_prompt")
    assert failed["response"]["error"]["code"] in get_args(ResponseError.model_fields["code"].annotation)


async def test_the_same_key_makes_it_once(program: Headers, openai: ScriptedOpenAI) -> None:
    openai.script(Text("Ahoy!"), Finish())
    once = {**program, "Idempotency-Key": "voyage-7"}
    first, second = (await ask(once, store=True)).json(), (await ask(once, store=True)).json()
    assert first == second
    assert await Message.objects.filter(role=Role.ASSISTANT).acount() == 1


async def test_only_its_own_token_finds_it(program: Headers, openai: ScriptedOpenAI, alice: User, bob: User) -> None:
    openai.script(Text("Ahoy!"), Finish())
    made = (await ask(program, store=True)).json()
    for other in (await sync_to_async(program_of)(bob), await sync_to_async(program_of)(alice)):
        for response in (
            await get(other, made["id"]),
            await AsyncClient().post(f"{HERE}/{made['id']}/cancel", headers=other),
            await AsyncClient().delete(f"{HERE}/{made['id']}", headers=other),
            await ask(other, previous_response_id=made["id"]),
            await ask(other, conversation=made["conversation"]["id"]),
        ):
            assert response.status_code == 404 and error_of(response)["code"] == "not_found"
    assert (await get(program, "resp_nonsense")).status_code == 404
    for scopes, status in (([Scope.READ_USAGE], 403), ([Scope.CHAT], 200)):
        await ApiToken.objects.aupdate(scopes=scopes)
        authentication.forget()
        assert (await get(program, made["id"])).status_code == status
    deleted = await AsyncClient().delete(f"{HERE}/{made['id']}", headers=program)
    assert deleted.json() == {"id": made["id"], "object": "response", "deleted": True}
    assert (await get(program, made["id"])).status_code == 404 and not await Conversation.objects.aexists()


async def test_what_a_conversation_has_no_place_for_is_refused(program: Headers, openai: ScriptedOpenAI) -> None:
    for fields, param in (
        ({"tools": [{"type": "web_search"}]}, "tools[0].type"),
        ({"metadata": {"voyage": 7}}, "metadata"),
        ({"input": [{"role": "user", "content": "Hi"}, {"role": "assistant", "content": "Ho"}]}, "input"),
        ({"input": [{"role": "assistant", "content": "Ho"}, {"role": "user", "content": "Hi"}]}, "input"),
        ({"input": [{"role": "user", "content": "Hi"}, {"type": "function_call_output", "call_id": "c", "output": "12"}]}, "input"),
        ({"input": [{"role": "user", "content": [{"type": "input_image", "image_url": "https://a.example/b.png"}]}]}, "input"),
        ({"previous_response_id": "resp_1", "conversation": "conv_1"}, "conversation"),
        ({"model": "unknown"}, "model"),
        ({"store": False, "background": True}, "store"),
        ({"store": False, "previous_response_id": "resp_1"}, "store"),
    ):
        response = await ask(program, **{"store": True, **fields})
        assert response.status_code in (400, 404) and error_of(response)["param"] == param, fields
    assert not openai.streams and not await Conversation.objects.aexists()


async def test_it_takes_the_feedback_of_the_page_from_its_token_alone(
    program: Headers, openai: ScriptedOpenAI, alice: User, bob: User
) -> None:
    openai.script(Text("Ahoy!"), Finish())
    response = (await ask(program, store=True)).json()
    path = f"{HERE}/{response['id']}/feedback"

    async def give(headers: Headers, body: dict[str, Any]) -> Any:
        return await AsyncClient().post(path, body, content_type="application/json", headers=headers)

    given = {"thumb": "down", "tags": ["wrong"], "words": "No pirate says that."}
    assert (await give(program, given)).json() == {"object": "response.feedback", "response": response["id"], "feedback": given}
    feedback = await Feedback.objects.select_related("user").aget()
    assert (feedback.user, feedback.message_id.hex) == (alice, response["id"].removeprefix("resp_"))
    assert (await give(program, {"thumb": "sideways"})).status_code == 400
    for stranger in (await sync_to_async(program_of)(bob), await sync_to_async(program_of)(alice)):
        assert (await give(stranger, {"thumb": "up"})).status_code == 404
    assert (await give(program, {"thumb": None})).json()["feedback"] is None
    assert not await Feedback.objects.aexists()
