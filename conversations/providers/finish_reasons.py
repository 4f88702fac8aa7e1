"""Why a provider ended an answer, in the words of Chat Completions, which the other API's are translated to."""

from typing import Final

STOP: Final = "stop"
LENGTH: Final = "length"
"""The answer was cut off by a bound: it can be continued."""
CONTENT_FILTER: Final = "content_filter"

_OF_RESPONSES: Final = {"max_output_tokens": LENGTH}


def of_incomplete(reason: str) -> str:
    """The finish reason for what the Responses API calls the reason of an incomplete response."""
    return _OF_RESPONSES.get(reason, reason)
