"""Where answers come from: one OpenAI-compatible server, as the settings name it."""

from dataclasses import dataclass, field, replace
from typing import Literal, cast
from urllib.parse import urlsplit

from django.conf import settings

from . import header_templates, openai_itself

Api = Literal["responses", "chat_completions"]
Resume = Literal["", "background", "prefix"]
"""How an answer whose stream was lost is finished: the provider goes on by itself and is listened to again; it is given the
beginning and goes on with that; or not at all.
"""

OPENAI_BASE_URL = "https://api.openai.com/v1"
OPENAI_DEFAULT_MODEL = "gpt-5.4-mini"
PLACEHOLDER_KEY = "no-key-needed"
SHORTEST_SECRET = 8
"""Characters of a header's value that may be one."""

# OPENAI_CONTEXT_WINDOW overrides these. Others' windows vary; a prompt that doesn't fit is answered with its own kind of error.
OPENAI_CONTEXT_WINDOW = 128_000
OTHER_CONTEXT_WINDOW = 32_768

# How long a server may take: for a connection, until the answer's first words, and between its words. Models that are asked to think
# may do so unseen.
CONNECT_SECONDS = 10.0
FIRST_TOKEN_SECONDS = 120.0
NEXT_TOKEN_SECONDS = 60.0
THINKING_TAKES = 5
"""So many times longer."""


@dataclass(frozen=True, slots=True)
class Endpoint:
    """A server, the API to speak with it, and the model used when the prompt names none ("" until the server was asked)."""

    base_url: str
    api: Api
    api_key: str = field(repr=False)
    model: str
    context_window: int
    resume: Resume = ""
    headers: tuple[tuple[str, str], ...] = field(default=(), repr=False)
    """Sent along with every request. They may hold secrets of a gateway, and names that are filled in (`header_templates`)."""
    rejected: frozenset[str] = frozenset()
    """Parameters and optional fields that the model is known to refuse: they are left out."""
    files_as: str = "base64"
    """Or from where files are fetched by the provider: "site" or "bucket"."""
    connect_seconds: float = CONNECT_SECONDS
    first_token_seconds: float = FIRST_TOKEN_SECONDS
    next_token_seconds: float = NEXT_TOKEN_SECONDS

    @property
    def host(self) -> str:
        return urlsplit(self.base_url).hostname or ""

    @property
    def fixed_headers(self) -> tuple[tuple[str, str], ...]:
        return header_templates.split(self.headers)[0]

    @property
    def header_templates(self) -> tuple[tuple[str, str], ...]:
        return header_templates.split(self.headers)[1]

    @property
    def secrets(self) -> tuple[str, ...]:
        """What must not be repeated anywhere."""
        return self.api_key, *(value for _, value in self.fixed_headers if len(value) >= SHORTEST_SECRET)

    @property
    def is_openai(self) -> bool:
        """Whether this is OpenAI itself, which alone knows some fields that others refuse."""
        return openai_itself.is_openai(self.base_url)


def configured() -> Endpoint | None:
    """The endpoint that the settings name, or None when the embedded model is to answer."""
    if not settings.OPENAI_API_KEY and not settings.OPENAI_BASE_URL:
        return None
    endpoint = Endpoint(
        base_url=(settings.OPENAI_BASE_URL or OPENAI_BASE_URL).rstrip("/"),
        api="chat_completions",
        api_key=settings.OPENAI_API_KEY or PLACEHOLDER_KEY,
        model=settings.OPENAI_MODEL,
        context_window=settings.OPENAI_CONTEXT_WINDOW,
        resume=cast("Resume", settings.OPENAI_RESUME),
        connect_seconds=settings.OPENAI_CONNECT_SECONDS,
        first_token_seconds=settings.OPENAI_FIRST_TOKEN_SECONDS,
        next_token_seconds=settings.OPENAI_NEXT_TOKEN_SECONDS,
    )
    openai = endpoint.is_openai
    return replace(
        endpoint,
        api=cast("Api", settings.OPENAI_API or openai_itself.default_api(endpoint.base_url)),
        model=endpoint.model or (OPENAI_DEFAULT_MODEL if openai else ""),
        context_window=endpoint.context_window or (OPENAI_CONTEXT_WINDOW if openai else OTHER_CONTEXT_WINDOW),
    )
