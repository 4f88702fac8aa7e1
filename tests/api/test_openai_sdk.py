"""OpenAI's own client for Python works with the API as with OpenAI's."""

from __future__ import annotations

import asyncio
import base64
import socket
from typing import Any

import openai
import orjson
import pytest
from pydantic import BaseModel

from tests.support.scripted_openai import Answer, Event, Finish, Gate, Hold, ScriptedOpenAI, Text, failure
from tests.support.scripted_openai.received import UploadedFile
from tests.support.serving import Served


class Ship(BaseModel):
    name: str
    guns: int


def test_it_lists_models_and_asks_one(client: openai.OpenAI, lasting_provider: ScriptedOpenAI) -> None:
    assert "pirate" in [model.id for model in client.models.list()]
    lasting_provider.script(Text("Ahoy!"), Finish())
    answer = client.chat.completions.create(model="pirate", messages=[{"role": "user", "content": "Hello"}])
    assert answer.choices[0].message.content == "Ahoy!"
    assert answer.usage is not None and answer.usage.total_tokens > 0


def test_it_hears_words_before_the_end(client: openai.OpenAI, lasting_provider: ScriptedOpenAI) -> None:
    gate = Gate()
    lasting_provider.script(Text("Ahoy "), Hold(gate), Text("there!"), Finish())
    heard = ""
    with client.chat.completions.create(model="pirate", messages=[{"role": "user", "content": "Hello"}], stream=True) as chunks:
        for chunk in chunks:
            heard += chunk.choices[0].delta.content or ""
            if heard == "Ahoy ":
                gate.open()
    assert heard == "Ahoy there!"


def test_it_reads_answers_into_models(client: openai.OpenAI, lasting_provider: ScriptedOpenAI) -> None:
    lasting_provider.script(Text('{"name": "Revenge", "guns": 40}'), Finish())
    asked = client.chat.completions.parse(model="pirate", messages=[{"role": "user", "content": "Hello"}], response_format=Ship)
    assert asked.choices[0].message.parsed == Ship(name="Revenge", guns=40)


def test_it_raises_what_it_raises_for_openai(client: openai.OpenAI, served: Served, lasting_provider: ScriptedOpenAI) -> None:
    with pytest.raises(openai.AuthenticationError):
        client.with_options(api_key="sk-chat-wrong").models.list()
    with pytest.raises(openai.BadRequestError) as wrong:
        client.chat.completions.create(model="pirate", messages=[])
    assert wrong.value.param == "messages"
    lasting_provider.queue(failure(400, "This model's maximum context length is 8 tokens.", code="context_length_exceeded"))
    with pytest.raises(openai.BadRequestError) as long:
        client.chat.completions.create(model="pirate", messages=[{"role": "user", "content": "Hello"}])
    assert long.value.code == "context_length_exceeded"


def test_a_connection_that_it_closes_ends_the_answer(client: openai.OpenAI, lasting_provider: ScriptedOpenAI) -> None:
    gate = Gate()
    lasting_provider.script(Text("Ahoy "), Hold(gate), Finish())
    chunks = client.chat.completions.create(model="pirate", messages=[{"role": "user", "content": "Hello"}], stream=True)
    assert any(chunk.choices[0].delta.content for chunk in chunks)
    chunks.close()
    assert asyncio.run(lasting_provider.streams[-1].client_left()) < 5
    gate.open()


def test_it_makes_embeddings(client: openai.OpenAI, lasting_provider: ScriptedOpenAI) -> None:
    made = client.embeddings.create(model="text-embedding-3-small", input=["A sloop", "A brig"])
    assert [one.embedding for one in made.data] == [[7.0, 0.5], [6.0, 0.5]]
    assert lasting_provider.requests[-1].body["encoding_format"] == "base64" and made.usage.prompt_tokens == 5


def test_it_makes_and_changes_pictures(client: openai.OpenAI, lasting_provider: ScriptedOpenAI) -> None:
    picture = {"created": 1, "data": [{"b64_json": "aGk="}], "usage": {"input_tokens": 9, "output_tokens": 272, "total_tokens": 281}}
    lasting_provider.queue(Answer(body=picture), Answer(body=picture))
    made = client.images.generate(model="gpt-image-1", prompt="A sloop", quality="low")
    assert made.data and made.data[0].b64_json == "aGk=" and made.usage and made.usage.output_tokens == 272
    files = [("one.png", b"PNG one", "image/png"), ("two.png", b"PNG two", "image/png")]
    client.images.edit(model="gpt-image-1", prompt="With a flag", image=files, mask=("mask.png", b"PNG", "image/png"))
    asked = lasting_provider.requests[-1]
    assert asked.path == "/v1/images/edits" and asked.body["image[]"] == UploadedFile("two.png", "image/png", b"PNG two")
    assert (asked.body["prompt"], asked.body["mask"].name) == ("With a flag", "mask.png")


def test_it_sees_pictures_come(client: openai.OpenAI, lasting_provider: ScriptedOpenAI) -> None:
    gate = Gate()
    partial = {"type": "image_generation.partial_image", "partial_image_index": 0, "b64_json": "aGk="}
    lasting_provider.script(Event(partial), Hold(gate), Event({"type": "image_generation.completed", "b64_json": "aGkh"}))
    kinds = []
    for event in client.images.generate(model="gpt-image-1", prompt="A sloop", stream=True, partial_images=1):
        kinds.append(event.type)
        gate.open()
    assert kinds == ["image_generation.partial_image", "image_generation.completed"]
    lasting_provider.script(Event(partial), Event({"type": "error", "error": {"message": "The key sk-secret broke."}}))
    with pytest.raises(openai.APIError) as failed:
        list(client.images.generate(model="gpt-image-1", prompt="A sloop", stream=True))
    assert "sk-secret" not in str(failed.value)


def test_it_has_recordings_transcribed(client: openai.OpenAI, lasting_provider: ScriptedOpenAI) -> None:
    recording = ("said.wav", b"RIFF" * 700_000, "audio/wav")
    assert client.audio.transcriptions.create(model="whisper-1", file=recording).text == "What was said."
    asked = lasting_provider.requests[-1]
    assert asked.body["file"] == UploadedFile(*recording[::2], recording[1])
    lasting_provider.queue(Answer(body="1\n00:00 --> 00:02\nWhat was said."))
    said = client.audio.transcriptions.create(model="whisper-1", file=recording, response_format="srt", timestamp_granularities=["word"])
    assert said.startswith("1\n00:00")
    assert lasting_provider.requests[-1].body["timestamp_granularities[]"] == "word"
    usage = {"type": "tokens", "input_tokens": 20, "output_tokens": 4, "total_tokens": 24}
    done = {"type": "transcript.text.done", "text": "What was said.", "usage": usage}
    lasting_provider.script(Event({"type": "transcript.text.delta", "delta": "What was "}), Event(done))
    events = list(client.audio.transcriptions.create(model="gpt-4o-transcribe", file=recording, stream=True))
    assert [event.type for event in events] == ["transcript.text.delta", "transcript.text.done"]
    with pytest.deprecated_call():
        assert client.audio.translations.create(model="whisper-1", file=recording).text == "What was said."
    with pytest.raises(openai.NotFoundError):
        client.audio.transcriptions.create(model="text-embedding-3-small", file=recording)


def test_images_larger_than_a_page_are_taken_and_what_is_too_large_is_told(
    client: openai.OpenAI, served: Served, lasting_provider: ScriptedOpenAI
) -> None:
    image = base64.b64encode(b"\x89PNG" * 1_500_000).decode()
    content = [{"type": "image_url", "image_url": {"url": f"data:image/png;base64,{image}"}}, {"type": "text", "text": "What is this?"}]
    message: Any = {"role": "user", "content": content}
    client.chat.completions.create(model="pirate", messages=[message])
    assert len(lasting_provider.streams[-1].body["messages"][-1]["content"][0]["image_url"]["url"]) > 8_000_000
    for address, said in ((b"responses", "32 MiB"), (b"prompts/pirate/draft", "2 MiB")):
        with socket.create_connection(("127.0.0.1", served.port), 5) as connection:
            connection.sendall(b"POST /v1/%b HTTP/1.1\r\nHost: localhost\r\nContent-Length: 99999999\r\n\r\n" % address)
            head, _, body = connection.recv(4096).partition(b"\r\n\r\n")
        assert head.startswith(b"HTTP/1.1 413 ") and b"application/json" in head
        assert said in orjson.loads(body)["error"]["message"] and orjson.loads(body)["error"]["code"] == "too_large"


def test_it_has_texts_read_aloud(client: openai.OpenAI, lasting_provider: ScriptedOpenAI) -> None:
    with client.audio.speech.with_streaming_response.create(model="tts-1", voice="alloy", input="Ahoy!") as response:
        assert response.headers["Content-Type"] == "audio/mpeg" and response.read()[:2] == b"\xff\xfb"
    assert lasting_provider.requests[-1].body == {"model": "tts-1", "voice": "alloy", "input": "Ahoy!"}
    lasting_provider.sounds.append(failure(400, "Unknown voice."))
    with pytest.raises(openai.BadRequestError):
        client.audio.speech.create(model="tts-1", voice="parrot", input="Ahoy!")
