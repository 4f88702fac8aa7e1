"""Pages made with Vercel's AI SDK ask assistants as its `useChat` does: see https://ai-sdk.dev/docs/ai-sdk-ui/stream-protocol."""

from __future__ import annotations

import json
import uuid
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from django.test import AsyncClient

from conversations.api.responses import listener
from conversations.commands import deletion
from conversations.files import own
from conversations.models import ApiToken, Attempt, Conversation, File, Message, Role, Status, SystemPrompt, User, text_part
from tests.support.api import Headers, program_of
from tests.support.scripted_openai import (
    Cites,
    Finish,
    Gate,
    Hangup,
    Hold,
    Reasoning,
    ScriptedOpenAI,
    Text,
    ToolArguments,
    ToolCall,
    failure,
)

pytestmark = pytest.mark.django_db(transaction=True)

Chunk = dict[str, Any]
HELLO = {"id": "u1", "role": "user", "parts": [{"type": "text", "text": "Hello"}]}
PIXEL = "data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8BQDwAEhQGAhKmMIQAAAABJRU5ErkJggg=="
WEATHER = {"type": "function", "name": "weather", "parameters": {"type": "object", "properties": {"city": {"type": "string"}}}}


async def ask(program: Headers, *messages: Chunk, address: str = "/api/chat", **fields: Any) -> Any:
    body = {"id": "chat-1", "trigger": "submit-message", "model": "pirate", "messages": messages or [HELLO], **fields}
    return await AsyncClient().post(address, body, content_type="application/json", headers=program)


def chunks_of(said: bytes) -> list[Chunk]:
    """The chunks of a stream; comments are passed over."""
    events = [event.removeprefix("data: ") for event in said.decode().split("\n\n") if event.startswith("data: ")]
    assert events[-1] == "[DONE]" and "[DONE]" not in events[:-1]
    return [json.loads(event) for event in events[:-1]]


async def chunks(response: Any) -> list[Chunk]:
    assert response.status_code == 200, response.content
    assert response.headers["x-vercel-ai-ui-message-stream"] == "v1"
    return chunks_of(b"".join([event async for event in response]))


def said(chunks: list[Chunk], kind: str = "text") -> str:
    return "".join(chunk["delta"] for chunk in chunks if chunk["type"] == f"{kind}-delta")


async def resumed(program: Headers, chat: str = "chat-1") -> Any:
    return await AsyncClient().get(f"/api/chat/{chat}/stream", headers=program)


async def test_an_answer_comes_in_the_chunks_of_the_protocol(program: Headers, openai: ScriptedOpenAI) -> None:
    openai.script(
        Reasoning("A ship."),
        Text("Ahoy "),
        Text("there!"),
        ToolCall("call_1", "weather"),
        ToolArguments('{"city":"Rome"}'),
        Finish("tool_calls"),
    )
    answered = await chunks(await ask(program, tools=[WEATHER], temperature=0.5))
    assert [chunk["type"] for chunk in answered if not chunk["type"].endswith("-delta")] == [
        *("start", "start-step", "reasoning-start", "reasoning-end", "text-start", "text-end"),
        *("tool-input-start", "tool-input-available", "finish-step", "finish"),
    ]
    assert (said(answered, "reasoning"), said(answered)) == ("A ship.", "Ahoy there!")
    call = next(chunk for chunk in answered if chunk["type"] == "tool-input-available")
    assert (call["toolCallId"], call["toolName"], call["input"]) == ("call_1", "weather", {"city": "Rome"})
    last = answered[-1]
    assert last["finishReason"] == "tool-calls"
    assert last["messageMetadata"]["usage"]["totalTokens"] == sum(
        last["messageMetadata"]["usage"][f"{way}Tokens"] for way in ("input", "output")
    )
    (request,) = openai.streams
    assert request.system == "Talk like a pirate." and request.body["temperature"] == 0.5
    attempt = await Attempt.objects.select_related("token").aget()
    assert (attempt.purpose, attempt.outcome, attempt.reply_id) == ("api", "ok", None) and attempt.token is not None
    assert not await Conversation.objects.aexists()


async def test_what_a_page_holds_is_read_as_a_conversation(program: Headers, openai: ScriptedOpenAI) -> None:
    openai.script(Text("21 degrees."), Finish())
    file = {"type": "file", "mediaType": "image/png", "url": PIXEL, "filename": "sky.png"}
    parts = [
        {"type": "step-start"},
        {"type": "reasoning", "text": "Rome?"},
        {"type": "text", "text": "Let me see."},
        {"type": "tool-weather", "toolCallId": "call_1", "state": "output-available", "input": {"city": "Rome"}, "output": {"degrees": 21}},
        {"type": "dynamic-tool", "toolName": "wind", "toolCallId": "call_2", "state": "output-error", "input": {}, "errorText": "No wind."},
        {"type": "tool-weather", "toolCallId": "call_3", "state": "input-available", "input": {"city": "Bonn"}},
        {"type": "data-mood", "data": "sunny"},
    ]
    asked: list[Chunk] = [
        {"id": "s", "role": "system", "parts": [{"type": "text", "text": "Be brief."}]},
        {"id": "u", "role": "user", "parts": [file, {"type": "text", "text": "Is it warm?"}]},
        {"id": "a", "role": "assistant", "parts": parts},
    ]
    answered = await chunks(await ask(program, *asked, tools=[WEATHER]))
    assert answered[0]["messageId"] == "a", "The answer goes on with the message whose calls it has the results of."
    (request,) = openai.streams
    assert request.system == "Talk like a pirate.\n\nBe brief."
    user, assistant, weather, wind = request.body["messages"][1:]
    assert PIXEL in str(user) and "Is it warm?" in str(user)
    assert assistant["content"] == "Let me see."
    assert [(call["id"], call["function"]["name"]) for call in assistant["tool_calls"]] == [("call_1", "weather"), ("call_2", "wind")]
    assert (weather["tool_call_id"], json.loads(weather["content"])) == ("call_1", {"degrees": 21})
    assert (wind["tool_call_id"], wind["content"]) == ("call_2", "No wind.")


async def test_a_refusal_is_a_sentence(program: Headers, openai: ScriptedOpenAI) -> None:
    openai.queue(failure(400, "This model's maximum context length is 8 tokens.", code="context_length_exceeded"))
    for response, status, sentence in (
        (await ask({"Authorization": "Bearer sk-chat-wrong"}), 401, "There is no such token."),
        (await ask(program, model=None), 400, "“model” is missing"),
        (await ask(program, model="pirate@nowhere"), 404, "“pirate@nowhere” does not exist"),
        (await ask(program, {**HELLO, "parts": "Hello"}), 400, "“messages[0].parts” must be a list"),
        (await ask(program), 400, "too long for this model"),
        (await AsyncClient().get("/api/nothing"), 404, "There is nothing at this address."),
    ):
        assert response.status_code == status and sentence in response.content.decode()
        assert response.headers["Content-Type"] == "text/plain; charset=utf-8"
    openai.script(Text("Hm."), ToolCall("call_1", "weather"), ToolArguments('{"city":'), Hangup())  # nothing goes on with a call
    broken = await chunks(await ask(program, address="/api/chat?model=pirate", model=None, tools=[WEATHER]))
    assert [chunk["type"] for chunk in broken[-2:]] == ["tool-input-delta", "error"] and broken[-1]["errorText"]


async def test_a_chat_that_is_stored_is_a_conversation_in_the_page(program: Headers, openai: ScriptedOpenAI, alice: User) -> None:
    async def answer(text: str, *messages: Chunk, **fields: Any) -> Chunk:
        openai.script(Text(text), Finish())
        answered = await chunks(await ask(program, *messages, store=True, **fields))
        assert said(answered) == text
        return {"id": answered[0]["messageId"], "role": "assistant", "parts": [{"type": "text", "text": text}]}

    first = await answer("Ahoy!")
    conversation = await Conversation.objects.of(alice).aget()
    again = {"id": "u2", "role": "user", "parts": [{"type": "text", "text": "Again"}]}
    second = await answer("Arr.", HELLO, first, again)
    assert said(await chunks(await ask(program, HELLO, first, again, store=True))) == "Arr.", "What is sent again makes nothing twice."
    await answer("Yo-ho.", HELLO, first, again, trigger="regenerate-message", messageId=second["id"])
    await answer("Avast!", {**HELLO, "parts": [{"type": "text", "text": "Goodbye"}]}, messageId="u1")
    texts = [
        (message.text, message.parent and message.parent.text) async for message in Message.objects.select_related("parent").order_by("pk")
    ]
    assert texts == [
        ("Hello", None),
        ("Ahoy!", "Hello"),
        ("Again", "Ahoy!"),
        ("Arr.", "Again"),
        ("Yo-ho.", "Again"),
        ("Goodbye", None),
        ("Avast!", "Goodbye"),
    ]
    assert {message.conversation_id async for message in Message.objects.all()} == {conversation.pk}
    assert await Attempt.objects.exclude(token=None).filter(purpose="answer").acount() == 4
    kept = (await AsyncClient().get("/api/chat/chat-1", headers=program)).json()["messages"]
    assert [(message["role"], message["parts"][0]["text"]) for message in kept] == [("user", "Goodbye"), ("assistant", "Avast!")]
    await answer("Farewell.", kept[0], trigger="regenerate-message", messageId=kept[1]["id"])
    stranger = await sync_to_async(program_of)(alice)
    assert (await AsyncClient().get("/api/chat/chat-1", headers=stranger)).json()["messages"] == []
    openai.script(Text("Who’s there?"), Finish())
    assert said(await chunks(await ask(stranger, store=True))) == "Who’s there?", "Its chat of this id is another one."
    for refused in (await ask(program, store=True, temperature=3), await ask(program, first, store=True)):
        assert refused.status_code == 400
    openai.script(Text("Cold."), Finish())
    await chunks(await ask(program, store=True, id="chat-2", temperature=0, top_p=0.5, max_output_tokens=9))
    sent = [[stream.body.get(name) for name in ("temperature", "top_p", "max_tokens")] for stream in openai.streams]
    assert sent.count([0, 0.5, 9]) == 1


async def test_what_its_user_asks_in_the_page_is_not_for_the_chat(program: Headers, openai: ScriptedOpenAI, alice: User) -> None:
    openai.script(Text("Ahoy!"), Finish())
    await chunks(await ask(program, store=True))
    answer = await Message.objects.select_related("conversation").aget(role=Role.ASSISTANT)
    of, text = {"conversation": answer.conversation, "owner": alice}, [text_part("In the page.")]
    question = await Message.objects.acreate(**of, parent=answer, role=Role.USER, parts=text)
    running = await Message.objects.acreate(**of, parent=question, role=Role.ASSISTANT, parts=text, status=Status.STREAMING)
    assert (await resumed(program)).status_code == 204
    await Message.objects.filter(pk=running.pk).aupdate(status=Status.COMPLETE)
    await Conversation.objects.aupdate(leaf=running)
    kept = (await AsyncClient().get("/api/chat/chat-1", headers=program)).json()["messages"]
    assert [message["parts"][0]["text"] for message in kept] == ["Hello", "Ahoy!"]
    of_page = {**HELLO, "id": f"msg_{question.pk.hex}"}
    assert (await ask(program, of_page, trigger="regenerate-message", store=True)).status_code == 404


async def test_a_chat_that_goes_on_with_another_assistant_is_not_for_a_token_that_may_not_ask_it(
    openai: ScriptedOpenAI, alice: User
) -> None:
    program = await sync_to_async(program_of)(alice, is_limited_to_prompts=True)
    await (await ApiToken.objects.aget()).prompts.aadd(await SystemPrompt.objects.aget(slug="pirate"))
    openai.script(ToolCall("call_1", "weather"), ToolArguments("{}"), Finish("tool_calls"))
    begun = await chunks(await ask(program, store=True, tools=[WEATHER]))
    call = {"type": "tool-weather", "toolCallId": "call_1", "state": "output-available", "input": {}, "output": 21}
    answered = {"id": begun[0]["messageId"], "role": "assistant", "parts": [call]}
    other = await SystemPrompt.objects.acreate(slug="cook", name="Cook")
    await sync_to_async(other.publish)(text="Talk like a cook.")
    await Conversation.objects.aupdate(prompt=other)  # as its user may in the page
    changed = {**HELLO, "parts": [{"type": "text", "text": "Goodbye"}]}
    for messages, trigger in (([HELLO, answered], "submit-message"), ([HELLO], "regenerate-message"), ([changed], "submit-message")):
        refused = await ask(program, *messages, trigger=trigger, store=True, tools=[WEATHER])
        assert refused.status_code == 403 and "may not use" in refused.content.decode()
    assert await Message.objects.acount() == 2


async def test_an_answer_that_is_stored_is_taken_up_again_and_stopped_by_its_token_alone(
    program: Headers, openai: ScriptedOpenAI, alice: User, bob: User
) -> None:
    assert (await resumed(program)).status_code == 204
    gate = Gate()
    openai.script(Reasoning("Hm."), Text("Ahoy "), Hold(gate), Text("there!"), Finish())
    stream = aiter(await ask(program, store=True))
    seen = b""
    while b"Ahoy" not in seen:
        seen += await anext(stream)
    await stream.aclose()
    again = aiter(await resumed(program))
    begun = await anext(again)
    assert begun in seen, "It is the same message, from its beginning."
    gate.open()
    whole = chunks_of(begun + b"".join([event async for event in again]))
    assert (said(whole, "reasoning"), said(whole), whole[-1]["type"]) == ("Hm.", "Ahoy there!", "finish")
    assert (await resumed(program)).status_code == 204
    gate = Gate()
    openai.script(Text("Arr"), Hold(gate), Finish())
    running = aiter(await ask(program, store=True, id="chat-2"))
    while b"Arr" not in await anext(running):
        pass
    kept = (await AsyncClient().get("/api/chat/chat-2", headers=program)).json()["messages"]
    assert [message["role"] for message in kept] == ["user"], "What is still being written comes by its stream."
    for stranger in (await sync_to_async(program_of)(bob), await sync_to_async(program_of)(alice)):
        assert (await resumed(stranger, "chat-2")).status_code == 204
        assert (await AsyncClient().delete("/api/chat/chat-2/stream", headers=stranger)).status_code == 204
    assert await Message.objects.filter(role=Role.ASSISTANT).running().acount() == 1
    assert (await AsyncClient().delete("/api/chat/chat-2/stream", headers=program)).status_code == 204
    assert await openai.streams[-1].client_left() < 5
    stopped = b"".join([event async for event in running])
    assert b'"finishReason":"other"' in stopped and stopped.endswith(b"data: [DONE]\n\n")
    gate.open()


async def test_a_chat_that_is_stored_has_files_and_sources(program: Headers, openai: ScriptedOpenAI, alice: User, bob: User) -> None:
    picture = {"type": "file", "mediaType": "image/png", "url": PIXEL, "filename": "sky.png"}
    note = {"type": "file", "mediaType": "text/plain", "url": "data:text/plain;base64,QWhveQ==", "filename": "note.txt"}
    asked = {**HELLO, "parts": [picture, note, {"type": "text", "text": "What is it?"}]}
    source = {"type": "source-url", "sourceId": "source-1", "url": "https://example.org/sky", "title": "Sky"}
    openai.script(Text("A pixel"), Cites(source["url"], source["title"]), Text("."), Finish())
    answered = await chunks(await ask(program, asked, store=True))
    assert (said(answered), [chunk for chunk in answered if chunk["type"] == "source-url"]) == ("A pixel.", [source])
    sent = str(openai.streams[0].body)
    assert "image_url" in sent and "Ahoy" in sent
    assert [file.name async for file in File.objects.of(alice).order_by("pk")] == ["sky.png", "note.txt"]
    (question, answer) = (await AsyncClient().get("/api/chat/chat-1", headers=program)).json()["messages"]
    image, document, text = question["parts"]
    assert (image["mediaType"], image["filename"], document["mediaType"], text["text"]) == (
        "image/png",
        "sky.png",
        "text/plain",
        "What is it?",
    )
    assert answer["parts"][1:] == [source]
    seen = await AsyncClient().get(image["url"].removeprefix("http://testserver"))
    assert (seen.status_code, seen.headers["Content-Type"], seen.headers["Cross-Origin-Resource-Policy"]) == (
        200,
        "image/png",
        "cross-origin",
    )
    # What is changed names its files by the addresses that were given out.
    openai.script(Text("Blue."), Finish())
    changed = {**HELLO, "id": question["id"], "parts": [image, {"type": "text", "text": "Which colour?"}]}
    assert said(await chunks(await ask(program, changed, store=True))) == "Blue."
    messages = [message async for message in Message.objects.filter(role=Role.USER).order_by("pk")]
    assert [[part.get("name") for part in message.parts] for message in messages] == [["sky.png", "note.txt", None], ["sky.png", None]]
    assert await File.objects.acount() == 2, "The same file is kept once."
    stranger = await sync_to_async(program_of)(bob)
    for message, who, status in (
        (changed, stranger, "isn’t there any more"),
        ({**asked, "parts": [{**picture, "url": "https://example.org/sky.png"}]}, program, "data URL"),
        ({**asked, "parts": [{**note, "url": "data:text/plain;base64,AAECAw=="}]}, program, ""),
    ):
        refused = await ask(who, message, store=True, id="another")
        assert refused.status_code == 400 and status in refused.content.decode(), refused.content
    assert await Message.objects.filter(role=Role.USER).acount() == 2
    await sync_to_async(own.delete)(alice, [uuid.UUID(messages[1].parts[0]["file"])])
    (question, _) = (await AsyncClient().get("/api/chat/chat-1", headers=program)).json()["messages"]
    assert [part["type"] for part in question["parts"]] == ["text"], "There is nothing at the address of what was deleted."


async def test_results_of_functions_go_on_with_the_answer_that_called_them(
    program: Headers, openai: ScriptedOpenAI, alice: User, bob: User
) -> None:
    openai.script(Text("Hm."), ToolCall("call_1", "weather"), ToolArguments('{"city":"Rome"}'), Finish("tool_calls"))
    begun = await chunks(await ask(program, store=True, tools=[WEATHER]))
    assert begun[-1]["finishReason"] == "tool-calls"

    def answered(call_id: str = "call_1", state: str = "output-available", **result: Any) -> Chunk:
        call = {"type": "tool-weather", "toolCallId": call_id, "state": state, "input": {"city": "Rome"}, **(result or {"output": 21})}
        return {"id": begun[0]["messageId"], "role": "assistant", "parts": [{"type": "text", "text": "Hm."}, call]}

    stranger = await sync_to_async(program_of)(bob)
    for message, who, status in (
        (answered("call_2"), program, 400),
        (answered(state="input-available"), program, 400),
        ({**answered(), "id": "a"}, program, 400),
        (answered(output="x" * 400_001), program, 400),
        (answered(), stranger, 404),
    ):
        assert (await ask(who, HELLO, message, store=True)).status_code == status
    gate = Gate()
    openai.script(Text("21."), Hold(gate), Finish())
    written = await ask(program, HELLO, answered(), store=True, tools=[WEATHER])
    again = await resumed(program)
    gate.open()
    whole = await chunks(again)
    assert (whole[0]["messageId"], said(whole)) == (begun[0]["messageId"], "Hm.21."), "It is the whole message, from its first step."
    assert [chunk["type"] for chunk in whole if not chunk["type"].endswith("-delta")] == [
        *("start", "start-step", "text-start", "text-end", "tool-input-start", "tool-input-available", "tool-output-available"),
        *("finish-step", "start-step", "text-start", "text-end", "finish-step", "finish"),
    ]
    (result,) = [chunk for chunk in whole if chunk["type"] == "tool-output-available"]
    assert (result["toolCallId"], result["output"]) == ("call_1", 21)
    for response in (written, await ask(program, HELLO, answered(), store=True, tools=[WEATHER])):
        whole = await chunks(response)  # what is sent again makes nothing twice
        assert (whole[0]["messageId"], said(whole)) == (begun[0]["messageId"], "21.")
    assert await Message.objects.filter(role=Role.ASSISTANT).acount() == 2
    asked = [message for stream in openai.streams for message in stream.body["messages"]]
    assert [message["content"] for message in asked if message["role"] == "tool"] == ["21"]


async def test_the_same_results_of_other_calls_are_others(program: Headers, openai: ScriptedOpenAI) -> None:
    calls = (ToolCall("call_1", "weather"), ToolArguments("{}"), ToolCall("call_2", "weather"), ToolArguments("{}"))
    openai.script(*calls, Finish("tool_calls"))
    begun = await chunks(await ask(program, store=True, tools=[WEATHER]))
    for order in ((1, 2), (2, 1)):
        openai.script(Text(f"{order}"), Finish())
        parts = [
            {"type": "tool-weather", "toolCallId": f"call_{number}", "state": "output-available", "input": {}, "output": output}
            for number, output in zip(order, (21, 9), strict=True)
        ]
        answer = {"id": begun[0]["messageId"], "role": "assistant", "parts": parts}
        assert said(await chunks(await ask(program, HELLO, answer, store=True, tools=[WEATHER]))) == f"{order}"


async def test_a_chat_s_id_is_text(program: Headers) -> None:
    assert (await ask(program, store=True, id="chat\0")).status_code == 400


async def test_one_that_is_deleted_while_it_is_written_says_so(
    program: Headers, openai: ScriptedOpenAI, alice: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(listener, "CHECK_SECONDS", 0.05)
    gate = Gate()
    openai.script(Text("Ahoy "), Hold(gate), Finish())
    stream = aiter(await ask(program, store=True))
    seen = b""
    while b"Ahoy" not in seen:
        seen += await anext(stream)
    message = await Message.objects.aget(role=Role.ASSISTANT)
    await sync_to_async(deletion.delete)(alice, [message.conversation_id])
    told = chunks_of(seen + b"".join([event async for event in stream]))
    assert told[-1] == {"type": "error", "errorText": "This answer was deleted while it was written."}
    gate.open()
