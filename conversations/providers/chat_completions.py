"""Chat Completions, the API that every compatible server speaks."""

from typing import Any

from . import error_reading
from .answer import Answer, count, text_of
from .delta_buffer import DeltaBuffer
from .endpoint import Endpoint
from .errors import ProviderError
from .identity import identity
from .parts import Usage
from .position import Position
from .repeated_space import RepeatedSpace
from .request import Request

PATH = "/chat/completions"


def body(endpoint: Endpoint, request: Request, refused: set[str]) -> dict[str, Any]:
    """The request's JSON. What never changes comes first, so that the provider can cache it."""
    messages = [{"role": "system", "content": request.system}] if request.system else []
    messages += [{"role": turn.role, "content": turn.text} for turn in request.turns]
    fields: dict[str, Any] = {"model": request.model, "messages": messages, "stream": True}
    if beginning := _beginning(endpoint, request):
        messages.append({"role": "assistant", "content": beginning})
        # vLLM's words, which llama.cpp understands, too: without them, vLLM takes the message for a complete one.
        fields |= {"continue_final_message": True, "add_generation_prompt": False}
    if "stream_options" not in refused:
        fields["stream_options"] = {"include_usage": True}
    for name, value in request.parameters.items():
        fields[_limit_field(endpoint, refused) if name == "max_output_tokens" else name] = value
    if endpoint.is_openai:
        fields["store"] = False
        fields |= identity(request)
        if "stream_options" in fields:
            fields["stream_options"]["include_obfuscation"] = False
    return fields


def new_answer(endpoint: Endpoint, request: Request, resume_at: Position | None = None) -> Answer:
    beginning = _beginning(endpoint, request)
    return ChatCompletion(endpoint, RepeatedSpace(request.prefix[len(beginning) :]) if beginning else None)


def _beginning(endpoint: Endpoint, request: Request) -> str:
    # Models go astray after a space that isn't part of a token, and some chat templates take it away: it is for the model to say again.
    return request.prefix.rstrip() if endpoint.resume == "prefix" else ""


def _limit_field(endpoint: Endpoint, refused: set[str]) -> str:
    # OpenAI's own models refuse max_tokens. Elsewhere it is the one that is understood: Ollama, for one, ignores the newer name.
    first, second = "max_tokens", "max_completion_tokens"
    if endpoint.is_openai:
        first, second = second, first
    return second if first in refused else first


class ChatCompletion:
    """Reads the chunks of one answer. This API knows no way to take up one whose stream was lost."""

    position: Position | None = None
    response_id = ""

    __slots__ = ("_endpoint", "_repeated_space", "deltas", "finish", "over", "usage")

    def __init__(self, endpoint: Endpoint, repeated_space: RepeatedSpace | None = None) -> None:
        self._endpoint = endpoint
        self._repeated_space = repeated_space
        self.deltas = DeltaBuffer()
        self.finish: str | None = None
        self.usage: Usage | None = None
        self.over = False

    def read(self, event: dict[str, Any]) -> None:
        choices = event.get("choices")
        if choices and isinstance(choices, list) and isinstance(choices[0], dict):
            choice = choices[0]
            delta = choice.get("delta")
            if delta and isinstance(delta, dict):
                self._read_message(delta)
            if (finish := choice.get("finish_reason")) and finish != "error":
                self.finish = str(finish)
        if event.get("usage"):
            self._read_usage(event["usage"])
            self.over = self.finish is not None and not choices
        if event.get("error") or (not choices and "error" in (event.get("object"), event.get("type"))):
            raise error_reading.from_error(event, self._endpoint)

    def read_whole(self, document: dict[str, Any]) -> None:
        choices = document.get("choices")
        if choices and isinstance(choices, list) and isinstance(choices[0], dict):
            message = choices[0].get("message")
            if isinstance(message, dict):
                self._read_message(message)
        self.read({**document, "choices": choices})
        if not choices:
            raise ProviderError("provider", "The server sent JSON that is no answer.", is_no_answer=True)
        self.over = True

    def _read_message(self, message: dict[str, Any]) -> None:
        if thought := message.get("reasoning_content") or message.get("reasoning"):
            self._add("reasoning", thought)
        if content := message.get("content"):
            if self._repeated_space is not None:
                self._add("text", self._repeated_space.without(text_of(content)))
            elif type(content) is str:
                self.deltas.add("text", content)
            else:
                self._add("text", content)
        if refusal := message.get("refusal"):
            self._add("refusal", refusal)

    def _add(self, kind: Any, content: object) -> None:
        if text := text_of(content):
            self.deltas.add(kind, text)

    def _read_usage(self, usage: dict[str, Any]) -> None:
        self.usage = Usage(
            input_tokens=count(usage, "prompt_tokens"),
            cached_tokens=count(usage, "prompt_tokens_details", "cached_tokens"),
            output_tokens=count(usage, "completion_tokens"),
            reasoning_tokens=count(usage, "completion_tokens_details", "reasoning_tokens"),
        )
