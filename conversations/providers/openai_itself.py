"""Which addresses are OpenAI's own, and what follows from that for the protocol."""

from urllib.parse import urlsplit


def is_openai(base_url: str) -> bool:
    """Whether OpenAI itself answers there. An empty address is OpenAI's."""
    host = urlsplit(base_url).hostname or ""
    return not base_url or host == "api.openai.com" or host.endswith(".api.openai.com")


def default_api(base_url: str) -> str:
    """The protocol to speak where the settings name none."""
    return "responses" if is_openai(base_url) else "chat_completions"
