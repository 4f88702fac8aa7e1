"""What can go wrong with a provider, in kinds that a user understands."""

from collections.abc import Mapping
from typing import Final

SENTENCES: Final = {
    "rate_limit": "The provider is getting too many requests right now. Try again in a moment.",
    "quota": "The provider’s quota or credit is used up. An administrator has to top it up.",
    "key": "The provider did not accept the API key. An administrator has to correct it.",
    "permission": "The provider does not allow this request for the key in use. An administrator has to look into it.",
    "model": "This model isn’t available right now. Please tell an administrator.",
    "context": "The conversation is too long for this model. Start a new chat or shorten your message.",
    "images": "This model can’t see images. Choose another model, or edit the message and take its images out.",
    "content_filter": "The provider’s content filter stopped this answer. Try to put it differently.",
    "timeout": "The provider took too long to answer. Try again.",
    "network": "The provider could not be reached. Try again in a moment.",
    "address": "The provider’s address isn’t right. An administrator has to correct it.",
    "proxy": "A proxy between this server and the provider refused the request. An administrator has to look into it.",
    "provider": "The provider reported an internal error. Try again in a moment.",
    "request": "The provider rejected the request. An administrator can look up why.",
    "parameter": "The model does not accept one of the prompt’s settings. An administrator has to correct the prompt.",
    "interrupted": "The connection to the provider was lost before the answer was complete.",
    "lost": "The server stopped while it was writing this answer. What you see is saved.",
    "lost_again": "The server stopped twice while it was writing this answer, so it doesn’t go on by itself. What you see is saved.",
    "down": "The provider isn’t working right now. We’ll be able to try it again in a moment.",
    "unavailable": "No model is available. An administrator has to configure a provider.",
    "internal": "Something went wrong on our side. Try again; if it happens again, tell an administrator.",
}

LABELS: Final = {
    "rate_limit": "too many requests",
    "quota": "quota used up",
    "key": "API key refused",
    "permission": "not permitted",
    "model": "model not available",
    "context": "conversation too long",
    "images": "takes no images",
    "content_filter": "content filter",
    "timeout": "timeout",
    "network": "provider unreachable",
    "address": "wrong address",
    "proxy": "refused by a proxy",
    "provider": "error at the provider",
    "request": "request rejected",
    "parameter": "parameter refused",
    "interrupted": "connection lost",
    "lost": "server stopped",
    "lost_again": "server stopped twice",
    "down": "provider unavailable",
    "unavailable": "no provider",
    "internal": "internal error",
}
"""The same in a few words."""


def sentence(kind: str, own: Mapping[str, str] = SENTENCES) -> str:
    """What the user reads about an error of this kind; `own` are the sentences of what has better ones for some."""
    return own.get(kind) or SENTENCES.get(kind, SENTENCES["internal"])


def reason(kind: str) -> str:
    """The same without its advice, where there is a better one."""
    return sentence(kind).partition(". ")[0].rstrip(".") + "."


class ProviderError(Exception):
    """A provider failed. `cause` is its own account, redacted, for the log and for administrators."""

    def __init__(
        self,
        kind: str,
        cause: str = "",
        *,
        parameter: str | None = None,
        retry_after: float | None = None,
        status: int | None = None,
        request_id: str | None = None,
        is_no_answer: bool = False,
        concerns_key: bool = False,
    ) -> None:
        super().__init__(f"{kind}: {cause}" if cause else kind)
        self.kind = kind
        self.cause = cause
        self.parameter = parameter
        self.retry_after = retry_after
        self.status = status
        self.request_id = request_id
        self.is_no_answer = is_no_answer
        """What the server sent is no answer of the API that it was asked over, such as a web page."""
        self.concerns_key = concerns_key
        """Its status, code or type says that the key can't be used now. A message that says so may quote the user."""

    @property
    def sentence(self) -> str:
        return sentence(self.kind)
