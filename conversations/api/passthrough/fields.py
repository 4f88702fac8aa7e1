"""What the bodies of these addresses have in common."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from conversations.api import fields
from conversations.api.errors import ApiError
from conversations.api.fields import Body

LONGEST_NAME = 300
_OURS = ("model", "user", "safety_identifier")
"""What isn't passed on: which model is asked under which name, and for whom, is decided here."""
EMBEDDINGS = (
    *("input", "dimensions", "encoding_format"),
    *(
        "input_type",
        "late_chunking",
        "normalized",
        "output_dimension",
        "output_dtype",
        "task",
        "truncate",
        "truncate_prompt_tokens",
        "truncation",
    ),
)
PICTURES = (
    *("prompt", "background", "complexity", "effort", "frame_count", "frame_duration_ms", "moderation", "n", "output_compression"),
    *("output_format", "partial_images", "quality", "reasoning", "response_format", "size", "stream", "style"),
)
EDITS = (*PICTURES, "input_fidelity")
SPEECH = ("input", "voice", "instructions", "response_format", "speed", "stream_format")
TRANSCRIPTIONS = (
    *("chunking_strategy", "include", "keywords", "known_speaker_names", "known_speaker_references", "language", "languages", "prompt"),
    *("response_format", "stream", "temperature", "timestamp_granularities", "hotwords", "vad_filter"),
)
TRANSLATIONS = ("prompt", "response_format", "temperature")
"""Fields that OpenAI documents, but for those that name a further model, such as `svg`; and of other makers those that say how a text is
read and not by what. See Voyage, Cohere, Jina, NVIDIA and vLLM for embeddings, and faster-whisper's servers for recordings.
"""


def model(body: Body) -> str:
    """Raises ApiError."""
    named = fields.text(body, "model", longest=LONGEST_NAME)
    if not named:
        raise missing("model", "name a model of GET /v1/models")
    return named


def passed_on(body: Body, known: Collection[str]) -> dict[str, Any]:
    """The fields that the provider gets as they are. Raises ApiError where there are others than those that are `known`.

    Gateways take fields that ask for other models, other prices, or more than is counted here.
    """
    found = {name: value for name, value in body.items() if name not in _OURS}
    for name in found:
        if name.partition("[")[0] not in known:
            raise ApiError(400, f"Unknown parameter: “{name[:100]}”.", param=name[:100], code="unknown_parameter")
    return found


def missing(param: str, advice: str) -> ApiError:
    return ApiError(400, f"“{param}” is missing: {advice}.", param=param, code="missing_value")
