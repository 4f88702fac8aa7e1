"""Remembers which optional fields a server refused, so that each is tried only once."""

from typing import Final

from conversations.process_memory import kept

from .endpoint import Endpoint
from .errors import ProviderError

OPTIONAL: Final = ("stream_options", "reasoning.summary", "max_tokens", "max_completion_tokens")
_COUNTERPART: Final = {"max_tokens": "max_completion_tokens", "max_completion_tokens": "max_tokens"}

_refused: dict[tuple[str, str], set[str]] = kept({})


def refused(endpoint: Endpoint, model: str) -> set[str]:
    """The fields that this model at this endpoint is known to refuse."""
    return _refused.get((endpoint.base_url, model), set())


def learn(endpoint: Endpoint, model: str, error: ProviderError, sent: set[str]) -> bool:
    """Whether the error refuses a field that we sent and can do without: if so, the request is worth repeating."""
    if error.status not in (400, 422):
        return False
    known = _refused.setdefault((endpoint.base_url, model), set())
    for field in OPTIONAL:
        named = field in sent and field in error.cause and field not in known and _COUNTERPART.get(field) not in known
        if named and (field not in _COUNTERPART or error.parameter == "max_output_tokens"):
            known.add(field)
            return True
    return False
