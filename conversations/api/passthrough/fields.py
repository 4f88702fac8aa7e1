"""What the bodies of these addresses have in common."""

from __future__ import annotations

from typing import Any

from conversations.api import fields
from conversations.api.errors import ApiError
from conversations.api.fields import Body

LONGEST_NAME = 300
_OURS = ("model", "user", "safety_identifier")
"""What isn't passed on: which model is asked under which name, and for whom, is decided here."""


def model(body: Body) -> str:
    """Raises ApiError."""
    named = fields.text(body, "model", longest=LONGEST_NAME)
    if not named:
        raise missing("model", "name a model of GET /v1/models")
    return named


def passed_on(body: Body) -> dict[str, Any]:
    """The fields that the provider gets as they are."""
    return {name: value for name, value in body.items() if name not in _OURS}


def missing(param: str, advice: str) -> ApiError:
    return ApiError(400, f"“{param}” is missing: {advice}.", param=param, code="missing_value")
