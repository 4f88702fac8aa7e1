"""What schemathesis makes of the description, right requests and wrong ones, is answered as it says, and never with a failure."""

from __future__ import annotations

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

from conversations.api.openapi import document
from conversations.models import SystemPrompt, User
from tests.support.api import token_of

EXAMPLES = 30
"""Of each operation."""
SITE = "http://testserver/v1"
CHECKS = [not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance]
DOCUMENT = deepcopy({**document.document(), "servers": [{"url": SITE}]})
DOCUMENT["components"]["parameters"]["Slug"]["schema"] = {"enum": ["fuzzed", "missing"]}  # at random, none would ever be there
DESCRIPTION = schemathesis.openapi.from_dict(DOCUMENT)
OPERATIONS = [operation for found in DESCRIPTION.get_all_operations() if "Answers" not in ((operation := found.ok()).tags or ())]
"""Those that ask no model, which a test without a socket can't: `test_chat_completions` has wrong requests for these."""
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
    client = Client(headers={"Authorization": f"Bearer {token_of(admin)[0]}"})
    cases = operation.as_strategy(generation_mode=GenerationMode.POSITIVE) | operation.as_strategy(generation_mode=GenerationMode.NEGATIVE)

    @given(case=cases)
    @settings(max_examples=EXAMPLES, phases=[Phase.generate], suppress_health_check=list(HealthCheck))
    def fuzz(case: Any) -> None:
        case.validate_response(ask(client, case), checks=CHECKS)

    fuzz()
