"""Why a provider ended an answer, in the words of Chat Completions, which others' are translated to."""

import re
from typing import Final

from . import bounded_json

STOP: Final = "stop"
LENGTH: Final = "length"
"""The answer was cut off by a bound: it can be continued."""
CONTENT_FILTER: Final = "content_filter"
TOOL_CALLS: Final = "tool_calls"

_WORDS: Final = {
    STOP: "stop stopped end end_turn end_of_turn eos eos_token eos_found stop_sequence stop_token complete completed done finished success",
    LENGTH: "length max_tokens max_output_tokens max_completion_tokens max_new_tokens max_length model_length token_limit length_limit "
    "output_limit context_length context_length_exceeded model_context_window_exceeded",
    CONTENT_FILTER: "content_filter content_filtered safety image_safety recitation blocklist prohibited_content spii sensitive moderation "
    "guardrail_intervened",
    TOOL_CALLS: "tool_calls tool_call tool_use function_call",
}
_MEANINGS: Final = {word: meaning for meaning, words in _WORDS.items() for word in words.split()}
_INTERRUPTIONS: Final = re.compile(
    r"\A(?:(\w+_)?(error|fail(ed|ure)|abort(ed)?|cancel(l?ed)?|time_?out|timed_out|interrupted|disconnected|overloaded|unavailable|preempted)"
    r"|insufficient_\w*resources?)"
)
"""An answer that ends so is neither complete nor cut off by a bound."""


def of(reason: object, native: object = None) -> str:
    """The finish reason that a server's own word means, or the word. `native` is what a gateway says that the server behind it said."""
    meaning = _of(bounded_json.word(reason))
    if isinstance(native, str) and native:
        beneath = _of(bounded_json.word(native))
        if is_interruption(beneath) or (meaning == STOP and beneath in (LENGTH, CONTENT_FILTER)):
            return beneath
    return meaning


def is_interruption(reason: str) -> bool:
    """Whether the server says by it that it failed."""
    return _INTERRUPTIONS.fullmatch(reason) is not None


def is_cut_off(reason: str) -> bool:
    """Whether more of the answer may be missing, so that it may be continued."""
    return reason not in (STOP, CONTENT_FILTER, TOOL_CALLS, "")


def _of(reason: str) -> str:
    word = re.sub(r"[\s-]+", "_", reason.strip().lower().removeprefix("finish_reason_"))
    if word in _MEANINGS:
        return _MEANINGS[word]
    return word if is_interruption(word) else reason
