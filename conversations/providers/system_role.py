"""Models whose chat template knows no system role get the system prompt's text at the head of the first question."""

from __future__ import annotations

import re
from typing import Final

from .request import Request, Turn

SYSTEM_ROLE: Final = "system role"
"""Its name among the optional fields that a model refuses."""

_REFUSED = re.compile(
    r"(system|developer)\W{1,2}(roles?|messages?|prompts?|instructions?) (is |are )?(not |un)(supported|enabled|allowed|accepted|permitted)"
    r"|n.t (support|accept|allow|have)( an?| the| any)? \W?(system|developer)\W{1,2}(role|message|prompt|instruction)"
    r"|not (support|accept|allow|have)( an?| the| any)? \W?(system|developer)\b"
    r"|(unsupported|unexpected|invalid|unknown|illegal) (message |chat )?role\W{1,3}(system|developer)\b"
    r"|role\W{1,2}(system|developer)\W{1,2}(is |are )?(not |un)(supported|enabled|allowed|accepted|permitted|expected)"
    r"|'(system|developer)' is not one of"
    r"|only \W?user\W{1,2}and \W?(assistant|model)\W{1,2}roles"
    r"|roles must alternate"  # as ours do, apart from the system prompt
    r"|unsupported parameter: \W?instructions",
    re.I,
)


def is_refused(text: str) -> bool:
    """Whether an error says that the model knows no system role."""
    return _REFUSED.search(text) is not None


def asked(request: Request, refused: set[str]) -> tuple[str, list[Turn]]:
    """The system prompt and the turns as they are sent."""
    if not request.system or SYSTEM_ROLE not in refused:
        return request.system, request.turns
    turns = [*request.turns]
    if turns and turns[0].role == "user":
        turns[0] = turns[0]._replace(text=f"{request.system}\n\n{turns[0].text}")
    else:
        turns.insert(0, Turn("user", request.system))
    return "", turns
