"""Which endpoint the settings name, and which models it offers."""

import runpy
from pathlib import Path
from typing import Any

import pytest
from django.core.exceptions import ImproperlyConfigured

from conversations.providers import clients, endpoint, model_list
from conversations.providers.endpoint import Endpoint
from conversations.providers.errors import ProviderError
from tests.support.provider_stream import KEY, provider
from tests.support.scripted_openai import Answer, ScriptedOpenAI


def test_nothing_set_means_the_embedded_model() -> None:
    assert endpoint.configured() is None


def test_a_key_alone_means_openai(settings: Any) -> None:
    settings.OPENAI_API_KEY = KEY
    found = endpoint.configured()
    assert found is not None
    assert (found.base_url, found.api, found.is_openai) == ("https://api.openai.com/v1", "responses", True)
    assert found.model
    assert found.context_window >= 100_000


def test_an_address_alone_means_a_compatible_server(settings: Any) -> None:
    settings.OPENAI_BASE_URL = "http://localhost:11434/v1/"
    found = endpoint.configured()
    assert found is not None
    assert (found.base_url, found.api, found.is_openai, found.model) == ("http://localhost:11434/v1", "chat_completions", False, "")
    assert found.api_key


def test_what_is_set_wins(settings: Any) -> None:
    settings.OPENAI_BASE_URL = "https://eu.api.openai.com/v1"
    settings.OPENAI_API, settings.OPENAI_MODEL, settings.OPENAI_CONTEXT_WINDOW = "chat_completions", "mine", 5
    assert endpoint.configured() == Endpoint("https://eu.api.openai.com/v1", "chat_completions", endpoint.PLACEHOLDER_KEY, "mine", 5)


@pytest.mark.parametrize(
    "url", ["https://api.openai.com.evil.example/v1", "https://notapi.openai.com/v1", "https://evil.example/api.openai.com"]
)
def test_who_is_not_openai(url: str) -> None:
    assert not Endpoint(url, "responses", KEY, "m", 1).is_openai


def test_how_an_answer_is_finished(settings: Any) -> None:
    settings.OPENAI_API_KEY, settings.OPENAI_RESUME = KEY, "background"
    found = endpoint.configured()
    assert found is not None
    assert found.resume == "background"


SETTINGS = str(Path(__file__).resolve().parents[2] / "chatbot" / "settings.py")
OTHER = {"OPENAI_BASE_URL": "http://localhost:8001/v1"}


@pytest.mark.parametrize(
    ("environment", "complaint"),
    [
        ({"OPENAI_API_KEY": KEY, "OPENAI_RESUME": "background"}, ""),
        ({"OPENAI_BASE_URL": "https://eu.api.openai.com/v1", "OPENAI_RESUME": "background"}, ""),
        ({**OTHER, "OPENAI_RESUME": "background", "OPENAI_API": "responses"}, ""),
        ({**OTHER, "OPENAI_RESUME": "prefix"}, ""),
        ({"OPENAI_RESUME": "prefix"}, ""),
        ({"OPENAI_RESUME": "background"}, ""),
        ({"OPENAI_API_KEY": KEY, "OPENAI_RESUME": "background", "OPENAI_API": "chat_completions"}, "needs the Responses API"),
        ({**OTHER, "OPENAI_RESUME": "background"}, "needs the Responses API"),
        ({**OTHER, "OPENAI_RESUME": "prefix", "OPENAI_API": "responses"}, "OPENAI_API=chat_completions"),
        ({"OPENAI_API_KEY": KEY, "OPENAI_RESUME": "prefix"}, "OpenAI itself does not"),
        ({"OPENAI_API_KEY": KEY, "OPENAI_RESUME": "prefix", "OPENAI_API": "chat_completions"}, "OpenAI itself does not"),
        ({"OPENAI_RESUME": "sometimes"}, "must be one of background, prefix"),
    ],
)
def test_ways_to_finish_that_do_not_go_with_the_provider_stop_the_start(
    monkeypatch: pytest.MonkeyPatch, environment: dict[str, str], complaint: str
) -> None:
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    if not complaint:
        assert runpy.run_path(SETTINGS)["OPENAI_RESUME"] == environment["OPENAI_RESUME"]
        return
    with pytest.raises(ImproperlyConfigured, match=complaint):
        runpy.run_path(SETTINGS)


def configured() -> Endpoint:
    found = endpoint.configured()
    assert found is not None
    return found


async def test_the_first_model_that_can_chat_is_the_default(settings: Any) -> None:
    async with provider("chat_completions") as (server, _):
        server.models = ["text-embedding-nomic", {"id": "llama", "max_model_len": 4096}, "other"]
        settings.OPENAI_BASE_URL = server.base_url
        found = await model_list.with_first_model(configured())
        assert (found.model, found.context_window) == ("llama", 4096)
        assert await model_list.list_models(found) == ["text-embedding-nomic", "llama", "other"]
        assert len(server.requests) == 1, "The list is kept."


@pytest.mark.parametrize(
    ("body", "kind"),
    [({"data": []}, "model"), ({"object": "list"}, "model"), ("<html>Welcome</html>", "provider")],
)
async def test_servers_without_a_usable_list(settings: Any, monkeypatch: pytest.MonkeyPatch, body: object, kind: str) -> None:
    monkeypatch.setattr(ScriptedOpenAI, "_choose", lambda *_: Answer(body=body))
    async with provider("chat_completions") as (server, _):
        settings.OPENAI_BASE_URL = server.base_url
        with pytest.raises(ProviderError) as caught:
            await model_list.with_first_model(configured())
        assert caught.value.kind == kind


async def test_a_client_is_shared_and_made_anew_after_closing() -> None:
    here = Endpoint("http://127.0.0.1:1/v1", "responses", KEY, "m", 1)
    assert clients.client(here) is clients.client(here)
    other = Endpoint("http://127.0.0.1:1/v1", "responses", "another key", "m", 1)
    assert clients.client(other) is not clients.client(here)
    first = clients.client(here)
    await clients.close_all()
    assert first.is_closed()
    assert clients.client(here) is not first
    await clients.close_all()


async def test_a_proxy_in_the_environment_is_not_for_this_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    monkeypatch.setenv("ALL_PROXY", "http://127.0.0.1:9")
    async with provider("chat_completions") as (_, endpoint):
        assert await model_list.list_models(endpoint) == ["scripted-model"]
