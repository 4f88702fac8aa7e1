"""Files in a request, in the shapes that OpenAI documents for both APIs."""

import base64
from typing import Any

import pytest

from conversations.providers import chat_completions, responses
from conversations.providers.answer import Wire
from conversations.providers.endpoint import Endpoint
from conversations.providers.request import Request, Turn, TurnFile
from conversations.providers.system_role import SYSTEM_ROLE
from tests.support.provider_stream import KEY, failure, provider
from tests.support.scripted_openai import failure as refusal

OTHER = Endpoint("http://127.0.0.1:1/v1", "responses", KEY, "m", 1000)
IMAGE = TurnFile("image", "sun.webp", "image/webp", 3, 10, lambda: b"sun")
PDF = TurnFile("document", "paper.pdf", "application/pdf", 4, 10, lambda: b"%PDF")
SOUND = TurnFile("audio", "voice.mp3", "audio/mpeg", 3, 10, lambda: b"ID3")
DATA = f"data:image/webp;base64,{base64.b64encode(b'sun').decode()}"
PDF_DATA = f"data:application/pdf;base64,{base64.b64encode(b'%PDF').decode()}"


def sent(wire: Wire, turn: Turn, *, system: str = "", refused: set[str] | None = None) -> Any:
    """The content of the only message."""
    body = wire.body(OTHER, Request("m", system, [turn]), refused or set())
    (message,) = body["messages"] if "messages" in body else body["input"]
    assert message["role"] == "user"
    return message["content"]


def test_chat_completions() -> None:
    assert sent(chat_completions, Turn("user", "What is it?", (IMAGE, PDF))) == [
        {"type": "image_url", "image_url": {"url": DATA}},
        {"type": "file", "file": {"filename": "paper.pdf", "file_data": PDF_DATA}},
        {"type": "text", "text": "What is it?"},
    ]


def test_responses() -> None:
    assert sent(responses, Turn("user", "What is it?", (IMAGE, PDF))) == [
        {"type": "input_image", "detail": "auto", "image_url": DATA},
        {"type": "input_file", "filename": "paper.pdf", "file_data": PDF_DATA},
        {"type": "input_text", "text": "What is it?"},
    ]


@pytest.mark.parametrize(("wire", "text"), [(chat_completions, "text"), (responses, "input_text")])
def test_sound_has_one_shape_in_both(wire: Wire, text: str) -> None:
    assert sent(wire, Turn("user", "Who speaks?", (SOUND,))) == [
        {"type": "input_audio", "input_audio": {"data": base64.b64encode(b"ID3").decode(), "format": "mp3"}},
        {"type": text, "text": "Who speaks?"},
    ]


@pytest.mark.parametrize(("wire", "kind"), [(chat_completions, "image_url"), (responses, "input_image")])
def test_an_image_alone_has_no_text_beside_it(wire: Wire, kind: str) -> None:
    assert [part["type"] for part in sent(wire, Turn("user", "", (IMAGE,)))] == [kind]


@pytest.mark.parametrize("wire", [chat_completions, responses])
def test_where_there_is_no_system_role_the_files_stay(wire: Wire) -> None:
    image, text = sent(wire, Turn("user", "What is it?", (IMAGE,)), system="Be kind.", refused={SYSTEM_ROLE})
    assert (image["type"] in ("image_url", "input_image"), text["text"]) == (True, "Be kind.\n\nWhat is it?")


@pytest.mark.parametrize("wire", [chat_completions, responses])
def test_what_the_storage_has_lost_is_said_in_words(wire: Wire) -> None:
    def read() -> bytes:
        raise FileNotFoundError

    gone, text = sent(wire, Turn("user", "What is it?", (IMAGE._replace(read=read),)))
    assert (gone["text"], text["text"]) == ("[The file “sun.webp” can’t be read any more.]", "What is it?")
    assert gone["type"] == text["type"]


REFUSALS = [
    (500, "image input is not supported - hint: if this is unexpected, you may need to provide the mmproj"),
    (400, "facebook/opt-125m is not a multimodal model None"),
    (400, "At most 0 image(s) may be provided in one request."),
    (500, "Failed to create new sequence: failed to process inputs: this model is missing data required for image input"),
    (400, "Invalid content type. image_url is only supported by certain models."),
    (404, "No endpoints found that support image input"),
    (422, "messages[0]: unknown variant `image_url`, expected `text`"),
    (400, "This model does not support image inputs"),
]


@pytest.mark.parametrize("api", ["chat_completions"])
async def test_a_refusal_of_images_is_known_where_one_was_sent(api: Any) -> None:
    async with provider(api) as (server, endpoint):
        for status, words in REFUSALS:
            server.queue(refusal(status, words))
            assert (await failure(endpoint, turns=[Turn("user", "What is it?", (IMAGE,))])).kind == "images", words
            server.queue(refusal(status, words))
            assert (await failure(endpoint, turns=[Turn("user", words)])).kind != "images", "Users may write that, too."
        for status, words, kind in (
            (500, "Broken", "provider"),
            (429, "Images are not supported that often", "rate_limit"),
            (400, "Only PNG images are supported", "request"),
        ):
            server.queue(refusal(status, words))
            assert (await failure(endpoint, turns=[Turn("user", "What is it?", (IMAGE,))])).kind == kind
