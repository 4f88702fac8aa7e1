"""POST /v1/embeddings: https://platform.openai.com/docs/api-reference/embeddings/create."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponseBase

from conversations.api import bodies
from conversations.api.authentication import Caller
from conversations.api.fields import Body, choice, whole_number, wrong
from conversations.generation.passthrough.embeddings import Embeddings
from conversations.models import Scope
from conversations.providers.passed import Passed

from . import asking, fields
from .asking import Asked

MOST_INPUTS = 2_048
MOST_DIMENSIONS = 65_536


async def create(request: HttpRequest, caller: Caller) -> HttpResponseBase:
    caller.require(Scope.RAW_MODELS)
    large = await bodies.large_json_object(request)
    asked = await large.read(asked_by)
    passed = Passed("/embeddings", asked.fields, large.size, str(caller.user.pk))
    return await asking.answered(caller, passed, asked)


def asked_by(body: Body) -> Asked:
    """Raises ApiError."""
    model, inputs = fields.model(body), _inputs(body.get("input"))
    choice(body, "encoding_format", "float", "base64")
    whole_number(body, "dimensions", 1, MOST_DIMENSIONS)
    return Asked(model, fields.passed_on(body, fields.EMBEDDINGS), Embeddings(inputs))


def _inputs(given: Any) -> list[str | list[int]]:
    """Texts, or lists of numbers of tokens. Raises ApiError."""
    if given is None:
        raise fields.missing("input", "a text, or a list of texts")
    listed = given if isinstance(given, list) and not _is_tokens(given) else [given]
    if not listed or len(listed) > MOST_INPUTS or not all(one and (isinstance(one, str) or _is_tokens(one)) for one in listed):
        raise wrong("input", f"a text that isn’t empty, or a list of at most {MOST_INPUTS:,} of them")
    return listed


def _is_tokens(given: Any) -> bool:
    return isinstance(given, list) and bool(given) and all(type(one) is int and 0 <= one < 2**31 for one in given)
