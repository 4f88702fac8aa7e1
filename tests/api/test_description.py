"""The OpenAPI description says what there is: every address with its methods, and nothing else."""

from __future__ import annotations

import re
from typing import Any

from django.test import Client

from conversations.api import urls
from conversations.api.openapi import document
from conversations.api.ui_messages import urls as beside
from tests.support.api import error_of

METHODS = {"get", "put", "post", "delete", "patch"}


def described() -> dict[str, set[str]]:
    return {path: {method.upper() for method in item.keys() & METHODS} for path, item in document.document()["paths"].items()}


def test_it_describes_every_address_and_no_other() -> None:
    there = {
        before + re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", str(pattern.pattern)): set(vars(pattern.callback)["methods"])
        for before, patterns in (("/", urls.urlpatterns), ("/api/", beside.urlpatterns))
        for pattern in patterns
        if pattern.name != "api_description"
    }
    assert described() == there


def references(part: Any) -> set[str]:
    if isinstance(part, dict):
        return {part["$ref"]} if "$ref" in part else set().union(*map(references, part.values()), set())
    return set().union(*map(references, part), set()) if isinstance(part, list) else set()


def test_what_it_refers_to_is_there() -> None:
    whole = document.document()
    for reference in references(whole):
        found: Any = whole
        for name in reference.removeprefix("#/").split("/"):
            found = found[name]
    ids = [operation["operationId"] for item in whole["paths"].values() for method, operation in item.items() if method in METHODS]
    assert len(ids) == len(set(ids))


def test_it_is_open_to_all_and_names_the_address_that_it_was_asked_at(settings: Any) -> None:
    told = Client().get("/v1/openapi.json")
    assert told.json()["servers"] == [{"url": "http://testserver/v1"}] and told.json()["openapi"] == "3.1.0"
    settings.SITE_URL = "https://chat.example.org"
    assert Client().get("/v1/openapi.json").json()["servers"] == [{"url": "https://chat.example.org/v1"}]
    assert Client().get("/v1/openapi.json").json()["paths"]["/api/chat"]["servers"] == [{"url": "https://chat.example.org"}]
    assert error_of(Client().post("/v1/openapi.json"))["code"] == "method_not_allowed"
