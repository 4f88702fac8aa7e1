"""What a model can do, as far as its name or its server tells. What is unknown is None."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Any, NamedTuple

from . import model_data
from .offer import Offer

LEAST_WINDOW = 256
"""Tokens. Servers that tell less mean something else, or nothing."""


class Capabilities(NamedTuple):
    window: int | None = None
    """Tokens."""
    takes_images: bool | None = None
    takes_tools: bool | None = None
    takes_temperature: bool | None = None
    efforts: tuple[str, ...] | None = None
    """How much it can be asked to think; empty where it doesn't."""
    takes_documents: bool | None = None
    """PDF as it is."""
    hears: bool | None = None
    """Recordings as they are."""
    draws: bool | None = None
    """Makes pictures, through the Images API."""
    draws_in_answers: bool | None = None
    """Makes pictures amid an answer, by the tool of the Responses API."""
    transcribes: bool | None = None
    """It makes text of recordings, and doesn't chat."""
    embeds: bool | None = None
    """It makes vectors of texts, through the Embeddings API, and doesn't chat."""
    speaks: bool | None = None
    """It reads texts aloud, through `/audio/speech`, and doesn't chat."""
    speech_to_speech: bool | None = None
    """It is talked with through the Realtime API, where it hears and answers in speech."""

    def or_else(self, others: Capabilities) -> Capabilities:
        """These, and where they are unknown the others."""
        return self._replace(**{name: value for name, value in others._asdict().items() if getattr(self, name) is None})


_LOW_TO_HIGH = ("low", "medium", "high")
_THINKS = {"takes_temperature": False, "takes_tools": True}
_DRAWS = {"draws_in_answers": True}
_TALKS = {"takes_temperature": True, "takes_tools": True, "efforts": ()}

# The first that fits counts. Names are given without a maker's prefix, in lower case.
_FAMILIES: tuple[tuple[re.Pattern[str], dict[str, Any]], ...] = tuple(
    (re.compile(rf"\A(?:{pattern})"), known)
    for pattern, known in (
        (r"(chat)?gpt-image|dall-e|imagen-|gemini-.*-image|grok-(imagine-)?(\d-)?image", {"draws": True}),
        (r"flux|stable-diffusion|sd(3|xl)\b|sdxl|qwen-image|z-image|seedream|hidream|hunyuan-?image|recraft|ideogram", {"draws": True}),
        (r".*embed|(bge|gte|e5|multilingual-e5|all-minilm|all-mpnet|paraphrase)[-_]|voyage-", {"embeds": True}),
        (r"o1-(mini|preview)\b", {"takes_temperature": False, "takes_images": False, "takes_tools": False, "efforts": ()}),
        (r"o3-mini\b", {**_THINKS, "takes_images": False, "efforts": _LOW_TO_HIGH}),
        (r"o3\b", {**_THINKS, "takes_images": True, "efforts": _LOW_TO_HIGH, **_DRAWS}),
        (r"o\d+\b", {**_THINKS, "takes_images": True, "efforts": _LOW_TO_HIGH}),
        (r"gpt-[56](\.\d+)?-(chat|search)", {"takes_images": True}),
        (r"gpt-.*transcri|.*whisper|voxtral-mini|parakeet|.*[-_.]asr\b", {"transcribes": True}),
        (r"gpt-.*tts|tts-1|kokoro|orpheus|chatterbox|(?!gemini).*[-_.]tts\b", {"speaks": True}),
        (r"gpt-(4o-)?(mini-)?audio", {"takes_images": False, "hears": True}),
        (r"gpt-realtime-translate", {}),
        (r"gpt-(4o-)?(mini-)?realtime", {"speech_to_speech": True}),
        (r"gpt-.*(image|audio|realtime|tts|live)", {}),
        (r"gpt-5-pro\b", {**_THINKS, "takes_images": True, "efforts": ("high",)}),
        (r"gpt-[56](\.\d+)?-pro\b", {**_THINKS, "takes_images": True, "efforts": ("medium", "high", "xhigh")}),
        (r"gpt-5(\.1)?-codex", {**_THINKS, "takes_images": True, "efforts": _LOW_TO_HIGH}),
        (r"gpt-5(-mini|-nano)?(-20|$)", {**_THINKS, "takes_images": True, "efforts": ("minimal", *_LOW_TO_HIGH), **_DRAWS}),
        (r"gpt-5\.1\b", {**_THINKS, "takes_images": True, "efforts": ("none", *_LOW_TO_HIGH), **_DRAWS}),
        (r"gpt-[56]\b", {**_THINKS, "takes_images": True, "efforts": ("none", *_LOW_TO_HIGH, "xhigh"), **_DRAWS}),
        (r"gpt-oss", {"takes_images": False, "takes_tools": True, "takes_temperature": True, "efforts": _LOW_TO_HIGH}),
        (r"gpt-4(o|\.1)(-mini|-nano)?(-20|$)", {**_TALKS, "takes_images": True, **_DRAWS}),
        (r"(gpt-4o|gpt-4\.[15]|gpt-4-turbo|chatgpt-4o)(?!.*search)", {**_TALKS, "takes_images": True}),
        (r"gpt-3\.5-turbo(?!-instruct)", {**_TALKS, "takes_images": False}),
        (r"claude-", {"takes_images": True, "takes_tools": True}),
        (r"gemini-", {"takes_images": True, "takes_tools": True, "hears": True}),
        (r"voxtral-small|.*[-_.]omni\b|ultravox|qwen2?-?audio|granite-speech", {"hears": True}),
        (r"llama-?4\b|mistral-(small-?3\.[12]|medium-3)\b|grok-4|phi-?4-multimodal|internvl|smolvlm", {"takes_images": True}),
        (r"gemma-?3(?=[-:]|$)(?!.*[-:](1b|270m))", {"takes_images": True}),  # its smallest ones only read
        (r"llava|bakllava|pixtral|moondream|minicpm-v|.*[-_.]vl\b|.*vision|.*\d?vl[-:_]", {"takes_images": True}),
    )
)


def known(model: str, base_url: str = "", price_list: str = "") -> Capabilities:
    """What is known of this model by its name, and of its window at the provider with this address (empty: at OpenAI)."""
    entry = model_data.found(model, base_url, price_list)
    return by_name(model)._replace(window=entry.context_window if entry else None)


@lru_cache(maxsize=4096)
def by_name(model: str) -> Capabilities:
    """What its name tells, which is all but its window. Pages ask it of every model that there is, a few times each."""
    name = model.rsplit("/", 1)[-1].lower()
    return Capabilities(**next((known for pattern, known in _FAMILIES if pattern.match(name)), {}))


def told(offer: Offer) -> Capabilities:
    """What the server says of it in its list, in the dialects of OpenRouter, Mistral, vLLM and others."""
    fields = offer.fields
    can = _mapping(fields.get("capabilities"))
    architecture = _mapping(fields.get("architecture"))
    modalities = architecture.get("input_modalities") or fields.get("input_modalities")
    made = architecture.get("output_modalities") or fields.get("output_modalities")
    parameters = fields.get("supported_parameters")
    parameters = parameters if isinstance(parameters, list) and parameters else None
    return Capabilities(
        window=offer.window if offer.window >= LEAST_WINDOW else None,
        takes_images="image" in modalities if isinstance(modalities, list) and modalities else _flag(can.get("vision")),
        takes_tools="tools" in parameters if parameters else _flag(can.get("function_calling")),
        takes_temperature="temperature" in parameters if parameters else None,
        efforts=_efforts(parameters),
        takes_documents=True if isinstance(modalities, list) and "file" in modalities else None,
        hears="audio" in modalities if isinstance(modalities, list) and modalities else _flag(can.get("audio_input")),
        draws=("image" in made and "text" not in made) if isinstance(made, list) and made else None,  # what also writes draws amid a chat
        transcribes=_flag(can.get("audio_transcription")) or None,
        embeds=_embeds(fields, made),
    )


def _embeds(fields: dict[str, Any], made: object) -> bool | None:
    """As OpenRouter says it, and LM Studio and Together with a type of the model."""
    if isinstance(made, list) and "embeddings" in made:
        return True
    return True if fields.get("type") in ("embedding", "embeddings") else None


def _efforts(parameters: list[Any] | None) -> tuple[str, ...] | None:
    if parameters is None:
        return None
    if "reasoning_effort" in parameters:
        return _LOW_TO_HIGH
    return None if "reasoning" in parameters else ()  # it thinks, but which words it takes is left open


def _mapping(value: object) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _flag(value: object) -> bool | None:
    return value if isinstance(value, bool) else None
