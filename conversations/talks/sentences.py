"""What users are told of a talk that goes otherwise than they expect."""

from __future__ import annotations

from conversations.providers import errors
from conversations.providers.errors import ProviderError

IDLE = "Nothing was said for a while, so the talk has ended."
TIME_IS_UP = "The talk has lasted as long as talks may here. Begin another one: it goes on where this one was."
DRAINING = "The server is restarting. Say it again in a moment."
_OF_PROVIDERS = {
    "model": "The speech-to-speech model isn’t available right now. Please tell an administrator.",
    "parameter": "The speech-to-speech model did not accept the session. Please tell an administrator.",
    "context": "The conversation is too long for the speech-to-speech model. Start a new chat.",
    "interrupted": "The connection to the provider was lost. Say it again.",
    "network": "The provider could not be reached. Try again in a moment.",
}


def of(error: ProviderError) -> str:
    return errors.sentence(error.kind, _OF_PROVIDERS)
