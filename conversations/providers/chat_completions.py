"""Chat Completions, the API that every compatible server speaks."""

from collections.abc import Iterable
from typing import Any

from . import bounded_json, error_reading, file_parts, finish_reasons, message_parts, output_schema, system_role, tools
from .answer import Answer
from .delta_buffer import DeltaBuffer
from .endpoint import Endpoint
from .identity import identity
from .parts import Kind, Usage
from .position import Position
from .repeated_space import RepeatedSpace
from .request import Request, Turn
from .streamed_calls import StreamedCalls
from .thought_tags import ThoughtTags
from .token_counts import count

PATH = "/chat/completions"


def body(endpoint: Endpoint, request: Request, refused: set[str]) -> dict[str, Any]:
    """The request's JSON. What never changes comes first, so that the provider can cache it."""
    system, turns = system_role.asked(request, refused)
    messages: list[dict[str, Any]] = [{"role": "system", "content": system}] if system else []
    messages += [_message(turn) for turn in turns]
    fields: dict[str, Any] = {"model": request.model, "messages": messages, "stream": True}
    if beginning := _beginning(endpoint, request):
        messages.append({"role": "assistant", "content": beginning})
        # vLLM's words, which llama.cpp understands, too: without them, vLLM takes the message for a complete one.
        fields |= {"continue_final_message": True, "add_generation_prompt": False}
    if "stream_options" not in refused:
        fields["stream_options"] = {"include_usage": True}
    for name, value in request.parameters.items():
        fields[_limit_field(endpoint, refused) if name == "max_output_tokens" else name] = value
    if request.output_schema and "response_format" not in refused:
        fields["response_format"] = {"type": "json_schema", "json_schema": output_schema.format_of(request.output_schema)}
    if request.tools:
        fields |= tools.chat_completions(request.tools)
    if endpoint.is_openai:
        fields["store"] = False
        fields |= identity(request)
        if "stream_options" in fields:
            fields["stream_options"]["include_obfuscation"] = False
    return fields


def new_answer(endpoint: Endpoint, request: Request, resume_at: Position | None = None) -> Answer:
    beginning = _beginning(endpoint, request)
    return ChatCompletion(
        endpoint,
        request.prefix if beginning else "",
        RepeatedSpace(request.prefix[len(beginning) :]) if beginning else None,
        has_tools=request.tools is not None,
    )


def _message(turn: Turn) -> dict[str, Any]:
    if turn.call_id:
        return {"role": "tool", "tool_call_id": turn.call_id, "content": file_parts.chat_completions(turn)}
    if turn.calls:
        calls = [{"id": id_, "type": "function", "function": {"name": name, "arguments": said}} for id_, name, said in turn.calls]
        return {"role": turn.role, "content": turn.text or None, "tool_calls": calls}
    return {"role": turn.role, "content": file_parts.chat_completions(turn)}


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

    drawn = None

    __slots__ = ("_calls", "_endpoint", "_repeated_space", "audio_tokens", "deltas", "finish", "is_alive", "may_go_on", "over", "usage")

    def __init__(
        self, endpoint: Endpoint, prefix: str = "", repeated_space: RepeatedSpace | None = None, *, has_tools: bool = False
    ) -> None:
        self._endpoint = endpoint
        self._repeated_space = repeated_space
        self.deltas = DeltaBuffer(None if endpoint.is_openai else ThoughtTags(prefix))
        self._calls = StreamedCalls(self.deltas) if has_tools else None
        self.finish: str | None = None
        self.may_go_on = False
        self.is_alive = False
        self.usage: Usage | None = None
        self.audio_tokens: tuple[int | None, int | None] = (None, None)
        self.over = False

    def read(self, event: dict[str, Any]) -> None:
        choices = event.get("choices")
        if choices and isinstance(choices, list) and isinstance(choices[0], dict):
            choice = choices[0]
            self.is_alive = True
            delta = choice.get("delta")
            if delta and isinstance(delta, dict):
                if self.finish is not None and message_parts.says_something(delta):
                    self.finish = None  # it was no end
                content, thought = delta.get("content"), delta.get("reasoning_content")
                # The first two are short ways for what nearly all deltas are.
                if content and type(content) is str and len(delta) == 1 and self._repeated_space is None:
                    self.deltas.add("text", content)
                elif thought and type(thought) is str and not content:
                    self.deltas.add("reasoning", thought)
                else:
                    self._add(message_parts.texts(delta))
                    if delta.get("annotations"):
                        self.deltas.cite(delta["annotations"])
                if self._calls is not None and delta.get("tool_calls"):
                    self._calls.read(delta["tool_calls"])
            reason = choice.get("finish_reason")
            if reason or not delta:
                self._read_end(choice, bounded_json.word(reason))
        if event.get("usage"):
            self._read_usage(event["usage"])
            self.over = self.finish is not None and not choices
        if event.get("error") or (not choices and "error" in (event.get("object"), event.get("type"))):
            raise error_reading.from_error(event, self._endpoint)

    def read_whole(self, document: dict[str, Any]) -> None:
        self.read(document)
        if not document.get("choices"):
            raise error_reading.no_answer(document, self._endpoint)
        self.over = self.finish is not None

    def _read_end(self, choice: dict[str, Any], reason: str) -> None:
        message = choice.get("message")
        if isinstance(message, dict):
            said = frozenset(self.deltas.kinds)
            self._add(part for part in message_parts.texts(message) if part[0] not in said)
            self.deltas.cite(message.get("annotations"))
            if self._calls is not None and self._calls.are_none:
                self._calls.read(message.get("tool_calls"))
        if reason:
            if self._calls is not None:
                self._calls.end()
            self.finish = finish_reasons.of(reason, choice.get("native_finish_reason"))
            self.may_go_on = message_parts.says_something(choice.get("delta"))

    def _add(self, parts: Iterable[tuple[Kind, str]]) -> None:
        for kind, text in parts:
            space = self._repeated_space if kind == "text" else None
            if said := text if space is None else space.without(text):
                self.deltas.add(kind, said)

    def _read_usage(self, usage: dict[str, Any]) -> None:
        self.usage = Usage(
            input_tokens=count(usage, "prompt_tokens"),
            cached_tokens=count(usage, "prompt_tokens_details", "cached_tokens"),
            output_tokens=count(usage, "completion_tokens"),
            reasoning_tokens=count(usage, "completion_tokens_details", "reasoning_tokens"),
        )
        details = ("prompt_tokens_details", "completion_tokens_details")
        self.audio_tokens = (count(usage, details[0], "audio_tokens"), count(usage, details[1], "audio_tokens"))
