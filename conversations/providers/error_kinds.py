"""What kind of error a provider means, by its status and its words."""

from __future__ import annotations

import re

CONTEXT = re.compile(
    r"context_length_exceeded|exceed_context_size|(maximum|max|available) context|context (length|size|window)"
    r"|(prompt|input|request|conversation) is too long|too many (input )?tokens|reduce the length",
    re.I,
)
_QUOTA_CODE = re.compile(r"insufficient.?quota|billing|(insufficient|out.of|not.enough).(credit|balance|fund)", re.I)
_QUOTA = re.compile(r"exceeded your current quota|(insufficient|out of|not enough) (credit|balance|fund)", re.I)
_FILTER = re.compile(r"content_filter|content_policy|content management policy|safety_violation|moderation|flagged", re.I)
_KEY_CODE = re.compile(r"(invalid|incorrect|expired|revoked).?api.?key|api.?key.?(not.?valid|invalid|expired|revoked|disabled)", re.I)
_KEY = re.compile(r"\s*(api key (is )?(not valid|invalid)|(invalid|incorrect) api key)", re.I)
_MODEL = re.compile(
    r"model_not_found|invalid_model|(model\b|models/).{0,200}\b(not (found|exist|available|supported|loaded)|does ?n.t exist|unknown)"
    r"|(unknown|invalid|no such) model",
    re.I | re.S,
)
_RATE = re.compile(r"rate.?limit|too.many.requests|overloaded|resource.exhausted", re.I)
# A limit for so short a time is no credit that is used up, whatever else the text says.
_SHORT_TERM = re.compile(
    r"(?<![a-z])per[\s_-]*(?:second|minute)|Per(?:Second|Minute)|\b[RT]P[SM]\b|(?:requests|tokens)\s*/\s*(?:s|sec|min|minute)\b"
)
_LONG_TERM = re.compile(r"per[\s_-]*(?:day|week|month)|PerDay|\b[RT]PD\b|daily|monthly", re.I)
_TOO_LARGE = re.compile(r"\s*request too large\b", re.I)  # for a limit per minute, whenever it is sent
SOON_SECONDS = 120.0
"""What is used up for no longer is no credit."""


def kind_of(status: int | None, identifiers: str, message: str, details: str = "", retry_after: float | None = None) -> str:
    """A message may quote what the user wrote. So it doesn't speak of keys and quotas where the status is one of a refused request."""
    text = f"{identifiers} {message}"
    if CONTEXT.search(text) and status not in (401, 403, 404, 429):
        return "context"
    if status in (None, 429) and _TOO_LARGE.match(message):
        return "context"
    if status == 402 or _QUOTA_CODE.search(identifiers) or (status in (None, 429) and _QUOTA.search(message)):
        return "rate_limit" if status != 402 and _is_short_term(f"{text} {details}", retry_after) else "quota"
    if status == 401 or _KEY_CODE.search(identifiers) or (status is not None and status < 500 and _KEY.match(message)):
        return "key"
    if status == 403:
        return "rate_limit" if _RATE.search(identifiers) or _RATE.match(message) else "permission"
    if status == 429 or (status is None and _RATE.search(text)):
        return "rate_limit"
    if status == 413:
        return "context"
    if status in (408, 504):
        return "timeout"
    if _FILTER.search(text) and (status is None or status < 500):
        return "content_filter"
    if status in (None, 400, 404, 422) and _MODEL.search(text):
        return "model"
    if status is not None and 400 <= status < 500 and status != 409:
        return "request"
    return "provider"


def concerns_key(kind: str, status: int | None, identifiers: str) -> bool:
    """Whether the key is to blame by more than words, which may be quoted from a message."""
    match kind:
        case "key":
            return status == 401 or _KEY_CODE.search(identifiers) is not None
        case "quota" | "rate_limit":
            return status in (402, 429) or any(pattern.search(identifiers) for pattern in (_QUOTA_CODE, _RATE))
    return False


def _is_short_term(text: str, retry_after: float | None) -> bool:
    """Whether what is used up comes back by itself soon."""
    if _SHORT_TERM.search(text):
        return True
    return retry_after is not None and retry_after <= SOON_SECONDS and not _LONG_TERM.search(text) and "insufficient_quota" not in text
