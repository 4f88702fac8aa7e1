"""What is sent of files, and to have pictures, speech and transcripts made, has the shapes that OpenAI's library documents, and nothing more."""

from __future__ import annotations

from typing import Any, Required, get_origin, get_type_hints

import pytest
from openai.types.audio.speech_create_params import SpeechCreateParams
from openai.types.audio.transcription_create_params import TranscriptionCreateParamsNonStreaming
from openai.types.chat import ChatCompletionContentPartParam
from openai.types.image_edit_params import ImageEditParamsNonStreaming, ImageEditParamsStreaming
from openai.types.image_generate_params import ImageGenerateParamsNonStreaming, ImageGenerateParamsStreaming
from openai.types.responses import ResponseInputAudioParam, ResponseInputFileParam, ResponseInputImageParam, ResponseInputTextParam
from pydantic import TypeAdapter

from conversations.providers import chat_completions, clients, images, responses
from conversations.providers.answer import Wire
from conversations.providers.endpoint import Endpoint
from conversations.providers.recording import Recording
from conversations.providers.request import Request, Turn, TurnFile, Wish
from conversations.providers.speech import speak
from conversations.providers.transcription import transcribe
from conversations.providers.utterance import Utterance
from tests.providers.test_file_parts import IMAGE, OTHER, PDF, SOUND
from tests.support.provider_stream import KEY
from tests.support.scripted_openai import ScriptedOpenAI, sound, transcript

CHAT, RESPONSES = (
    ChatCompletionContentPartParam,
    ResponseInputImageParam | ResponseInputFileParam | ResponseInputAudioParam | ResponseInputTextParam,
)
ADDRESSED = TurnFile("image", "sun.webp", "image/webp", 3, 10, lambda: b"sun", "https://files.example.org/sun")


def require(given: Any, shape: Any) -> None:
    """Reading it by its shape leaves out what that doesn't name."""
    assert TypeAdapter(shape).validate_python(given) == given


def require_body(given: dict[str, Any], shape: Any, *, file: str = "") -> None:
    """The fields of a request, of which `file` holds one."""
    known = get_type_hints(shape, include_extras=True)
    assert {name for name, hint in known.items() if get_origin(hint) is Required} <= given.keys() <= known.keys()
    for name in given.keys() - {file}:
        require(given[name], known[name].__args__[0] if get_origin(known[name]) is Required else known[name])


@pytest.mark.parametrize(("wire", "shape"), [(chat_completions, CHAT), (responses, RESPONSES)])
def test_parts_of_messages(wire: Wire, shape: Any) -> None:
    body = wire.body(OTHER, Request("m", "", [Turn("user", "What is it?", (IMAGE, ADDRESSED, PDF, SOUND))]), set())
    (message,) = body["messages"] if "messages" in body else body["input"]
    assert len(message["content"]) == 5
    for part in message["content"]:
        require(part, shape)


@pytest.mark.parametrize("wish", [Wish(size="1024x1024", quality="low", background="opaque"), Wish(number=3)])
@pytest.mark.parametrize("model", ["gpt-image-2", "dall-e-3"])
def test_wishes_for_pictures(model: str, wish: Wish) -> None:
    body = images.body(OTHER, Request(model, "", [Turn("user", "A sloop")], wish=wish), set())
    is_streamed = body.get("stream", False)
    require_body(body, ImageGenerateParamsStreaming if is_streamed else ImageGenerateParamsNonStreaming)
    require_body({**body, "image": b"PNG"}, ImageEditParamsStreaming if is_streamed else ImageEditParamsNonStreaming, file="image")


async def test_speech_and_transcripts() -> None:
    async with ScriptedOpenAI() as server:
        endpoint = Endpoint(server.base_url, "chat_completions", KEY, "whisper-1", 1000)
        server.sounds.append(sound())
        await (await speak(endpoint, Utterance("Hello", "alloy", 1.5, "Calmly."))).pieces.aclose()
        require_body(server.requests[-1].body, SpeechCreateParams)
        for with_marks in (True, False):
            server.queue(transcript("Said."))
            await transcribe(endpoint, Recording(b"RIFF", "audio/wav", "said.wav", with_marks=with_marks))
            require_body(server.requests[-1].body, TranscriptionCreateParamsNonStreaming, file="file")
        await clients.close_all()
