"""Optional fields that some servers refuse: what can be done without them is asked again without them."""

import re
from collections.abc import Collection
from typing import Final

from . import drawn
from .errors import ProviderError
from .system_role import SYSTEM_ROLE

OPTIONAL: Final = (
    "stream_options",
    "reasoning.summary",
    "max_tokens",
    "max_completion_tokens",
    "response_format",
    "text.format",
    "partial_images",
    drawn.BOUND,
    drawn.TOOL,
)
_COUNTERPART: Final = {"max_tokens": "max_completion_tokens", "max_completion_tokens": "max_tokens"}


def rejected_field(error: ProviderError, sent: Collection[str], known: Collection[str]) -> str | None:
    """The field that the error refuses, if we sent it and can do without it: then the request is repeated. `known` were refused before."""
    if error.parameter == SYSTEM_ROLE and SYSTEM_ROLE in sent and SYSTEM_ROLE not in known:
        return SYSTEM_ROLE
    if error.status not in (400, 422) or error.kind == "content_filter":
        return None
    for field in OPTIONAL:
        named = field in sent and _names(field, error.cause) and field not in known and _COUNTERPART.get(field) not in known
        if named and (field not in _COUNTERPART or error.parameter == "max_output_tokens"):
            return field
    return None


def _names(field: str, cause: str) -> bool:
    """As a word of its own: “image_generation_user_error” doesn't refuse the tool."""
    return field in cause and re.search(rf"{re.escape(field)}(?!_)", cause) is not None
