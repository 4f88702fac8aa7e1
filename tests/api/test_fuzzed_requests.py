"""What schemathesis makes of the description, right requests and wrong ones, is answered as it says, and never with a failure."""

from __future__ import annotations

from collections.abc import Callable
from copy import deepcopy
from typing import Any
from urllib.parse import urlsplit

import pytest
import requests
import schemathesis
from django.test import Client
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import content_type_conformance, response_schema_conformance, status_code_conformance

from conversations.api.chat import views as chat
from conversations.api.errors import ApiError
from conversations.api.openapi import document
from conversations.api.passthrough import embeddings, images, speech
from conversations.api.passthrough.asking import Asked
from conversations.api.responses import views as responses
from conversations.api.ui_messages import views as ui_messages
from conversations.models import SystemPrompt, User
from tests.support.api import client_of

EXAMPLES = 30
"""Of each operation."""
SITE = "http://testserver/v1"
CHECKS = [not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance]
DOCUMENT = deepcopy({**document.document(), "servers": [{"url": SITE}]})
DOCUMENT["components"]["parameters"]["Slug"]["schema"] = {"enum": ["fuzzed", "missing"]}  # at random, none would ever be there
LONG = 1_000
"""Characters. One expression of a pattern and a greater length takes a second to be turned into texts."""


def with_patterns_apart(schema: Any) -> Any:
    """The same schema, in which a pattern beside a great length is a schema of its own, so that they aren't made one expression."""
    if isinstance(schema, list):
        return [with_patterns_apart(each) for each in schema]
    if not isinstance(schema, dict):
        return schema
    apart = {name: with_patterns_apart(each) for name, each in schema.items()}
    if isinstance(apart.get("pattern"), str) and apart.get("maxLength", 0) > LONG:
        apart["allOf"] = [*apart.get("allOf", []), {"pattern": apart.pop("pattern")}]
    return apart


DOCUMENT = with_patterns_apart(DOCUMENT)
DESCRIPTION = schemathesis.openapi.from_dict(DOCUMENT)
ALL = [operation.ok() for operation in DESCRIPTION.get_all_operations()]
ASKING: dict[str, Callable[[Any], Any]] = {
    "POST /chat/completions": chat.asked_by,
    "POST /audio/speech": speech.asked_by,
    "POST /embeddings": embeddings.asked_by,
    "POST /images/generations": images.asked_by,
    "POST /responses": responses.asked_by,
    "POST /api/chat": lambda body: ui_messages.asked_by(ui_messages.with_model(body, "")),
}
"""They wait for models, in coroutines: here it is tried how their bodies are read."""
OPERATIONS = [operation for operation in ALL if not {"Answers", "Passthrough"} & {*(operation.tags or ())}]
OURS = {"authorization", "content-length", "cookie", "host"}


def ask(client: Client, case: Any) -> schemathesis.Response:
    """Through Django, without a socket."""
    sent = case.as_transport_kwargs(base_url=SITE)
    names = ("method", "url", "headers", "params", "data", "json")
    prepared: Any = requests.Request(**{name: sent[name] for name in names if name in sent}).prepare()
    body = prepared.body.encode() if isinstance(prepared.body, str) else prepared.body or b""
    url = urlsplit(prepared.url)
    headers = {name: value for name, value in prepared.headers.items() if name.lower() not in OURS}
    answer = client.generic(prepared.method, url.path, body, headers.get("Content-Type", ""), headers=headers, QUERY_STRING=url.query)
    return schemathesis.Response(
        answer.status_code, {name: [value] for name, value in answer.headers.items()}, answer.content, prepared, 0.0, True
    )


@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda operation: operation.label)
def test_every_answer_is_one_that_is_described(admin: User, operation: Any) -> None:
    SystemPrompt.objects.create(slug="fuzzed", name="Fuzzed").publish(text="Be brief.")
    client = client_of(admin)
    cases = operation.as_strategy(generation_mode=GenerationMode.POSITIVE) | operation.as_strategy(generation_mode=GenerationMode.NEGATIVE)

    @given(case=cases)
    @settings(max_examples=EXAMPLES, phases=[Phase.generate], suppress_health_check=list(HealthCheck))
    def fuzz(case: Any) -> None:
        case.validate_response(ask(client, case), checks=CHECKS)

    fuzz()


@pytest.mark.parametrize("operation", [one for one in ALL if one.label in ASKING], ids=lambda operation: operation.label)
@pytest.mark.parametrize("mode", GenerationMode)
def test_every_question_is_understood_or_refused(operation: Any, mode: GenerationMode) -> None:
    @given(case=operation.as_strategy(generation_mode=mode))
    @settings(max_examples=EXAMPLES, phases=[Phase.generate], suppress_health_check=list(HealthCheck))
    def fuzz(case: Any) -> None:
        if not isinstance(case.body, dict):
            return  # that is refused before
        try:
            asked = ASKING[operation.label](case.body)
        except ApiError as refused:
            assert refused.status == 400 and refused.message
        else:
            assert asked.model and (asked.measure if isinstance(asked, Asked) else asked.turns)

    fuzz()
