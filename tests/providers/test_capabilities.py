"""A model's capabilities by its name or its server; what neither says stays unknown."""

import pytest

from conversations.providers.capabilities import Capabilities, by_name, known, told
from conversations.providers.offer import Offer


@pytest.mark.parametrize(
    "name", ["o1", "o3", "o3-mini", "o4-mini", "gpt-5", "gpt-5-mini-2025-08-07", "gpt-5.4-pro", "gpt-6-sol", "openai/gpt-6.1-terra"]
)
def test_models_that_reason_take_efforts_and_no_temperature(name: str) -> None:
    can = known(name)
    assert can.takes_temperature is False
    assert "high" in (can.efforts or ())


@pytest.mark.parametrize("name", ["gpt-4o", "gpt-4.1-mini", "gpt-4-turbo-2024-04-09"])
def test_models_that_only_talk(name: str) -> None:
    can = known(name)
    assert (can.takes_temperature, can.takes_images, can.takes_tools, can.efforts) == (True, True, True, ())


@pytest.mark.parametrize("name", ["made-up", "qwen3:8b", "gpt-55", "opus", "o", "solo3", "gpt-5-image", "gpt-realtime-translate"])
def test_others_are_unknown(name: str) -> None:
    assert known(name, "http://localhost:8000/v1") == Capabilities()


@pytest.mark.parametrize("name", ["llava:13b", "qwen2.5-vl-7b-instruct", "Qwen/Qwen2.5-VL-72B", "llama3.2-vision", "pixtral-12b"])
def test_names_that_speak_of_seeing(name: str) -> None:
    assert known(name, "http://localhost:8000/v1") == Capabilities(takes_images=True)


@pytest.mark.parametrize(
    "name",
    [
        *("google/gemma-3-27b-it", "gemma3", "gemma3:12b", "meta-llama/Llama-4-Scout-17B-16E-Instruct", "llama4:scout"),
        *("mistral-small-3.2-24b-instruct", "mistral-small3.1:24b", "grok-4-fast", "Phi-4-multimodal-instruct", "InternVL3-8B"),
    ],
)
def test_families_that_see_without_a_word_of_it_in_their_names(name: str) -> None:
    assert known(name, "http://localhost:8000/v1") == Capabilities(takes_images=True)


@pytest.mark.parametrize("name", ["gpt-image-2.5-flare", "chatgpt-image-latest", "black-forest-labs/FLUX.1-schnell", "gemini-3-pro-image"])
def test_models_that_draw_are_known_by_their_names(name: str) -> None:
    assert known(name, "http://localhost:8000/v1").draws is True


@pytest.mark.parametrize("name", ["gpt-realtime-2.1-mini", "openai/gpt-realtime", "gpt-4o-mini-realtime-preview"])
def test_speech_to_speech_models_are_known_by_their_names(name: str) -> None:
    assert known(name, "http://localhost:8000/v1").speech_to_speech is True


@pytest.mark.parametrize("name", ["text-embedding-3-small", "nomic-embed-text:v1.5", "BAAI/bge-m3", "gemini-embedding-001", "voyage-3.5"])
def test_models_that_make_embeddings_are_known_by_their_names(name: str) -> None:
    assert known(name, "http://localhost:8000/v1").embeds is True


@pytest.mark.parametrize(
    ("name", "does"), [("gpt-6.1", True), ("o3", True), ("gpt-4.1-nano", True), ("o3-mini", None), ("gpt-5-chat", None)]
)
def test_models_with_the_tool_to_draw_in_answers_are_known_by_their_names(name: str, does: bool | None) -> None:
    assert known(name, "http://localhost:8000/v1").draws_in_answers is does


@pytest.mark.parametrize("name", ["gpt-4o-mini-tts-2025-12-15", "tts-1-hd", "hexgrad/Kokoro-82M", "openai/gpt-6-tts", "qwen3-tts"])
def test_models_that_read_aloud_are_known_by_their_names(name: str) -> None:
    assert known(name, "http://localhost:8000/v1").speaks is True


@pytest.mark.parametrize("name", ["gpt-5.4-mini", "gemini-3-pro", "grok-4", "gpt-5-image", "some"])
def test_of_others_nothing_is_said(name: str) -> None:
    can = known(name, "http://localhost:8000/v1")
    assert (can.draws, can.embeds, can.speaks) == (None, None, None)


@pytest.mark.parametrize(
    "name", ["gemma3:1b", "google/gemma-3-270m-it", "gemma-2-9b", "llama-3.1-8b", "phi-4", "mistral-small-24b", "grok-3"]
)
def test_their_neighbours_that_may_only_read_are_not_said_to_see(name: str) -> None:
    assert known(name, "http://localhost:8000/v1").takes_images is None


def test_windows_come_from_the_price_list_of_the_provider() -> None:
    assert known("gpt-5.4-mini").window == 400_000
    assert known("gpt-5.4-mini", "http://localhost:8000/v1").window is None
    assert known("gpt-5.4-mini", "http://localhost:8000/v1", "openai").window == 400_000
    assert known("gpt-5.4-mini", "https://nobody-knows.example/v1").window is None


def test_a_name_is_read_once_however_many_there_are() -> None:
    by_name.cache_clear()
    names = [f"made-{number}" for number in range(1_000)]
    for _ in range(9):
        assert not any(by_name(name).draws for name in names)
    assert by_name.cache_info().misses == len(names)


def test_what_the_server_says_wins() -> None:
    fields = {"context_length": 1000, "architecture": {"input_modalities": ["text"]}, "supported_parameters": ["temperature", "reasoning"]}
    said = told(Offer("gpt-5.4-mini", fields))
    assert said == Capabilities(1000, False, False, True, None, hears=False)
    efforts = known("gpt-5.4-mini").efforts
    assert said.or_else(known("gpt-5.4-mini")) == Capabilities(1000, False, False, True, efforts, hears=False, draws_in_answers=True)


@pytest.mark.parametrize(
    ("fields", "can"),
    [
        ({}, Capabilities()),
        ({"max_model_len": 8192}, Capabilities(window=8192)),
        ({"capabilities": {"audio_transcription": True}}, Capabilities(transcribes=True)),
        ({"capabilities": {"audio_input": True}}, Capabilities(hears=True)),
        ({"architecture": {"input_modalities": ["text", "file"]}}, Capabilities(takes_images=False, takes_documents=True, hears=False)),
        ({"context_length": 0}, Capabilities()),
        ({"architecture": {"output_modalities": ["image"]}}, Capabilities(draws=True)),
        ({"output_modalities": ["text", "image"]}, Capabilities(draws=False)),
        ({"output_modalities": ["embeddings"]}, Capabilities(draws=False, embeds=True)),
        ({"type": "embeddings"}, Capabilities(embeds=True)),
        ({"max_context_length": 32768, "capabilities": {"vision": True, "function_calling": False}}, Capabilities(32768, True, False)),
        ({"capabilities": ["completion"], "architecture": "llama", "supported_parameters": "all"}, Capabilities()),
        ({"supported_parameters": ["reasoning_effort", "tools"]}, Capabilities(None, None, True, False, ("low", "medium", "high"))),
        ({"supported_parameters": ["temperature"]}, Capabilities(None, None, False, True, ())),
    ],
)
def test_dialects_of_servers(fields: dict[str, object], can: Capabilities) -> None:
    assert told(Offer("some", fields)) == can
