"""Errors that say that the model takes no images. They are only read where an image was sent: messages may quote what users write."""

from __future__ import annotations

import re

from .errors import ProviderError

KIND = "images"

# As llama.cpp (with a status of 500), vLLM, Ollama, OpenAI, OpenRouter and servers that only know text say it.
_REFUSED = re.compile(
    r"\b(image|vision|multi-?modal)\S*( (inputs?|content|messages?|urls?|data))? (is|are) ((not|only) |un)(supported|allowed|accepted)"
    r"|\b(image|vision)\S*( (inputs?|content))? (is|are)n.t (supported|enabled|allowed|accepted)"
    r"|n.t (support|accept|allow|take|process)( any)? (image|vision|multi-?modal)|not (support|accept)( any)? (image|vision|multi-?modal)"
    r"|(is not|isn.t|not) a (multi-?modal|vision)|no endpoints found that support image|at most 0 image|required for image input"
    r"|unknown variant .?(image_url|input_image)|multi-?modal(ity)? is not|not compiled for multi-?modal"
    r"|(invalid|unsupported)( content)? type.{0,40}\b(image_url|input_image)",
    re.I,
)


def read(error: ProviderError) -> ProviderError:
    """The error of a request with an image: of this kind, where it says so."""
    if error.kind not in ("request", "provider", "model", "parameter") or not _REFUSED.search(error.cause):
        return error
    return ProviderError(KIND, error.cause, status=error.status, request_id=error.request_id)
