"""The lines of a connection test's report, and what to do about what is wrong."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, NamedTuple

from .errors import ProviderError

# What to do, by the kind of error and by a few words of our own, for those who configure by settings.
IN_SETTINGS: Final[dict[str, str]] = {
    "key": "Set OPENAI_API_KEY to a valid key.",
    "permission": "Allow the key to use this model and API in the provider’s settings.",
    "quota": "Top up the provider’s account, or use another key.",
    "model": "Set OPENAI_MODEL to a model that the provider offers.",
    "network": "Check OPENAI_BASE_URL, that the server runs, and that this machine may reach it (firewall, proxy, DNS).",
    "address": "Set OPENAI_BASE_URL to the address that is named there.",
    "proxy": "Have the proxy let this server through to the provider, or leave it out: NO_PROXY names the hosts that need none.",
    "timeout": "Check that the server at OPENAI_BASE_URL isn’t overloaded, and that nothing on the way holds answers back.",
    "rate_limit": "Wait a while, or ask the provider for higher limits.",
    "request": "Check OPENAI_BASE_URL (most end in /v1) and OPENAI_API (responses or chat_completions).",
    "interrupted": "Check that no proxy between this machine and the provider cuts or buffers streams.",
    "unavailable": "Set OPENAI_API_KEY or OPENAI_BASE_URL to use a provider.",
    "other address": "Set OPENAI_BASE_URL={address}.",
    "certificate": "Name the file with your company’s certificate authority in SSL_CERT_FILE; it must hold all that are to be trusted.",
    "not a list": "Check OPENAI_BASE_URL: most end in /v1.",
    "not listed": "Set OPENAI_MODEL to one that is: {models}.",
    "other API": "Set OPENAI_API={api}.",
}
# The same for those who configure in the admin.
IN_ADMIN: Final[dict[str, str]] = {
    **IN_SETTINGS,
    "key": "Enter a valid key: edit the provider’s keys.",
    "model": "Add a model that the provider offers, or correct the provider’s name for it.",
    "network": "Check the base URL, that the server runs, and that this machine may reach it (firewall, proxy, DNS).",
    "address": "Correct the base URL.",
    "timeout": "Check that the server isn’t overloaded, and that nothing on the way holds answers back.",
    "request": "Check the base URL (most end in /v1), the API, and the headers.",
    "unavailable": "Look into the server’s log.",
    "other address": "Write {address} as the base URL.",
    "not a list": "Check the base URL: most end in /v1.",
    "not listed": "Correct the provider’s name for it, or disable it. Listed are: {models}.",
    "other API": "Choose {label} as the API.",
}


class Finding(NamedTuple):
    """One line of a report. Without advice all is well, or it could not be tried."""

    subject: str
    words: str
    advice: str = ""
    tried: bool = True
    key: str | None = None
    """The label of the key that this is about."""
    error: ProviderError | None = None
    """What the provider said of that key."""
    is_proof: bool = False
    """An answer came with that key: it can be used."""
    lists_models: bool = False

    @property
    def is_well(self) -> bool:
        return self.tried and not self.advice


def failed(subject: str, error: ProviderError, advice: Mapping[str, str], about: str = "") -> Finding:
    words = f"{about}: {error.cause or error.sentence}" if about else error.cause or error.sentence
    is_untrusted = error.kind == "network" and "certificate" in error.cause.lower()
    return Finding(subject, words, advice["certificate"] if is_untrusted else advice.get(error.kind, error.sentence))
