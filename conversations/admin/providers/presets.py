"""Known servers, and what a new provider begins with for each: its address, its API, and the headers that it takes."""

from __future__ import annotations

import re
from typing import Any, NamedTuple

from conversations.models import Api, Provider, Resume


class Preset(NamedTuple):
    slug: str
    name: str
    base_url: str
    """Parts in capitals, such as YOUR-RESOURCE, are for the administrator to replace."""
    note: str
    """What is to be done, or known, in a sentence or two."""
    api: Api = Api.CHAT_COMPLETIONS
    headers: tuple[tuple[str, str], ...] = ()
    price_list: str = ""
    """Where the address doesn't tell."""
    resume: Resume = Resume.NOTHING

    @property
    def initial(self) -> dict[str, Any]:
        """Of the form, by field."""
        given = {"name": self._free_name(), "base_url": self.base_url, "api": self.api, "headers": dict(self.headers)}
        return {**given, "price_list": self.price_list, "resume": self.resume}

    def _free_name(self) -> str:
        taken = set(Provider.objects.filter(name__startswith=self.name).values_list("name", flat=True))
        names = (self.name, *(f"{self.name} {number}" for number in range(2, len(taken) + 2)))
        return next(name for name in names if name not in taken)


_KEY = "Enter its key below."
_NO_KEY = "It needs no key unless it was started with one."

PRESETS = (
    Preset("openai", "OpenAI", "https://api.openai.com/v1", _KEY, api=Api.RESPONSES, resume=Resume.BACKGROUND),
    Preset(
        "azure",
        "Azure OpenAI",
        "https://YOUR-RESOURCE.openai.azure.com/openai/v1",
        f"Replace YOUR-RESOURCE by the resource’s name. Models are called as their deployments are. {_KEY}",
        api=Api.RESPONSES,
        price_list="azure",
    ),
    Preset("anthropic", "Anthropic", "https://api.anthropic.com/v1", f"Its OpenAI-compatible API, which leaves out some features. {_KEY}"),
    Preset("gemini", "Gemini", "https://generativelanguage.googleapis.com/v1beta/openai", f"Its OpenAI-compatible API. {_KEY}"),
    Preset("mistral", "Mistral", "https://api.mistral.ai/v1", _KEY),
    Preset("groq", "Groq", "https://api.groq.com/openai/v1", _KEY),
    Preset(
        "openrouter",
        "OpenRouter",
        "https://openrouter.ai/api/v1",
        f"{_KEY} It has hundreds of models: fetch the list, and choose. X-OpenRouter-Title is how it calls this site; its rankings want "
        "an HTTP-Referer with its address, too.",
        headers=(("X-OpenRouter-Title", "Chat"),),
    ),
    Preset("ollama", "Ollama", "http://localhost:11434/v1", f"{_NO_KEY} From a container, the host is host.docker.internal."),
    Preset("vllm", "vLLM", "http://localhost:8000/v1", _NO_KEY, resume=Resume.PREFIX),
    Preset("lm-studio", "LM Studio", "http://localhost:1234/v1", f"{_NO_KEY} Switch its server on under Developer."),
    Preset("litellm", "LiteLLM", "http://localhost:4000/v1", "Enter a virtual key of the proxy below."),
    Preset(
        "helicone",
        "Helicone",
        "https://ai-gateway.helicone.ai/v1",
        "Enter Helicone’s key below. Its users, sessions and prompts are those of this site.",
        headers=(
            ("Helicone-User-Id", "{{ user }}"),
            ("Helicone-Session-Id", "{{ conversation }}"),
            ("Helicone-Session-Name", "{{ prompt }}"),
            ("Helicone-Session-Path", "/{{ prompt }}"),
            ("Helicone-Request-Id", "{{ attempt }}"),
            ("Helicone-Property-Prompt", "{{ prompt }}"),
            ("Helicone-Property-Version", "{{ version }}"),
        ),
    ),
    Preset(
        "cloudflare",
        "Cloudflare AI Gateway",
        "https://gateway.ai.cloudflare.com/v1/YOUR-ACCOUNT/YOUR-GATEWAY/openai",
        "Replace YOUR-ACCOUNT and YOUR-GATEWAY by their ids, and YOUR-TOKEN by a token of the gateway, or leave that header out where it "
        "asks for none. Enter OpenAI’s key below. For other providers, end the address in their name.",
        headers=(
            ("cf-aig-authorization", "Bearer YOUR-TOKEN"),
            ("cf-aig-metadata", '{"user": "{{ user }}", "conversation": "{{ conversation }}"}'),
        ),
        price_list="openai",
    ),
)
_BY_SLUG = {preset.slug: preset for preset in PRESETS}
_TO_REPLACE = re.compile(r"\bYOUR-[A-Z]+\b")


def of(slug: str) -> Preset | None:
    return _BY_SLUG.get(slug)


def replaced(text: str) -> str:
    """`text`, in which nothing of a preset is left for the administrator to replace. Raises ValueError that says what is."""
    if found := _TO_REPLACE.search(text):
        raise ValueError(f"Replace {found[0]} by your own.")
    return text
