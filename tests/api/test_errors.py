"""Every error below /v1/ has OpenAI's shape and the right status, those that Django makes itself, too; and the cookie counts for nothing."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import OperationalError
from django.test import AsyncClient, Client
from django.utils import timezone

from conversations.api import answer, assistants, errors, urls
from conversations.api.ui_messages import urls as beside
from conversations.commands.refusals import Refused
from conversations.management.requests import BoundedRequest
from conversations.models import User
from conversations.usage.exceeded import Exceeded
from tests.support.api import client_of, error_of


@pytest.mark.parametrize("path", ["/v1/", "/v1/nothing", "/v1/models/", "/v1/models/no-such-model", "/v1/%00"])
def test_what_is_not_there(alice: User, path: str) -> None:
    response = client_of(alice).get(path)
    assert response.status_code == 404 and error_of(response)["type"] == "invalid_request_error"
    assert response.headers["X-Request-ID"]


def test_a_method_that_an_address_does_not_take(alice: User) -> None:
    response = client_of(alice).post("/v1/models", {"a": 1}, content_type="application/json")
    assert response.status_code == 405 and response.headers["Allow"] == "GET"
    assert error_of(response)["code"] == "method_not_allowed"


def test_a_host_that_is_not_ours(alice: User, settings: Any) -> None:
    settings.ALLOWED_HOSTS = ["chat.example.org"]
    response = client_of(alice).get("/v1/models", headers={"Host": "evil.example"})
    assert response.status_code == 400 and error_of(response)["type"] == "invalid_request_error"


def test_a_failure_of_ours_says_nothing_of_its_cause(alice: User, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise RuntimeError("secret cause")

    monkeypatch.setattr(assistants, "all_of", fail)
    client = client_of(alice)
    client.raise_request_exception = False
    response = client.get("/v1/models")
    assert response.status_code == 500 and error_of(response)["type"] == "server_error"
    assert "secret" not in response.content.decode()


def test_while_the_database_is_away_one_may_come_back(alice: User, monkeypatch: pytest.MonkeyPatch) -> None:
    def away(*_: object) -> None:
        raise OperationalError("connection refused")

    monkeypatch.setattr(assistants, "all_of", away)
    response = client_of(alice).get("/v1/models")
    assert response.status_code == 503 and int(response.headers["Retry-After"]) >= 1
    error_of(response)


@pytest.mark.parametrize(
    ("refusal", "status", "code", "retries"),
    [
        (Refused("not_found", "Gone."), 404, "not_found", None),
        (Refused("invalid", "No."), 400, "invalid", None),
        (Refused("draining", "Restarting."), 503, "draining", None),
        (Refused("limit", "Slower.", timezone.now() + timedelta(seconds=30)), 429, "rate_limit_exceeded", None),
        (Exceeded("One at once."), 429, "rate_limit_exceeded", None),
        (Exceeded("Used up.", timezone.now() + timedelta(days=3)), 429, "insufficient_quota", "false"),
    ],
)
def test_what_commands_refuse(refusal: Any, status: int, code: str, retries: str | None) -> None:
    response = errors.of(refusal).response
    assert response.status_code == status and response.headers.get("X-Should-Retry") == retries
    assert ("Retry-After" in response.headers) == (status in (429, 503))
    assert response.content and errors.of(refusal).body["error"]["code"] == code


def test_every_address_asks_for_a_token(db: None) -> None:
    """The few addresses below /v1/ that are open to all are named here, so that one that is added is thought of. Below /api/ there are none."""
    open_to_all = {"api_description"}
    for below, pattern in [*(("/v1/", one) for one in urls.urlpatterns), *(("/api/", one) for one in beside.urlpatterns)]:
        path = f"{below}{pattern.pattern}".replace("<path:model>", "m").replace("<slug:slug>", "s").replace("<path:chat>", "c")
        if pattern.name not in open_to_all:
            statuses = {Client().generic(method, path).status_code for method in ("GET", "POST", "PUT", "DELETE", "PATCH")}
            assert 401 in statuses and statuses <= {401, 405}, path


async def test_a_served_site_refuses_hosts_that_are_not_its_own_and_protects_by_headers(settings: Any) -> None:
    settings.ALLOWED_HOSTS = ["testserver"]
    known = await AsyncClient().get("/v1/openapi.json")
    assert known.status_code == 200 and known["X-Content-Type-Options"] == "nosniff"
    assert error_of(await AsyncClient().get("/v1/nowhere"))["code"] == "unknown_url"
    settings.ALLOWED_HOSTS = ["chat.example.org"]
    refused = await AsyncClient().get("/v1/models")  # which itself would ask for a token, and for no host
    assert refused.status_code == 400 and error_of(refused)
    settings.ALLOWED_HOSTS, settings.SECURE_SSL_REDIRECT = ["testserver"], True
    assert (await AsyncClient().get("/v1/openapi.json")).status_code == 301


def test_so_many_are_written_for_one_user_at_once() -> None:
    answer.require_few(answer.MAX_RUNNING - 1)
    with pytest.raises(errors.ApiError) as refused:
        answer.require_few(answer.MAX_RUNNING)
    assert refused.value.response.status_code == 429


def test_the_line_of_a_status_says_it_in_words() -> None:
    request = BoundedRequest.__new__(BoundedRequest)
    for status, words in ((429, b"Too Many Requests"), (404, b"Not Found")):
        request.setResponseCode(status)
        assert (request.code, request.code_message) == (status, words)
