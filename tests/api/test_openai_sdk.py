"""OpenAI's own client for Python works with the API as with OpenAI's."""

from __future__ import annotations

import asyncio

import openai
import pytest
from pydantic import BaseModel

from tests.support.scripted_openai import Finish, Gate, Hold, ScriptedOpenAI, Text, failure
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
