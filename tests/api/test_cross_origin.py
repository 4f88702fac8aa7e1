"""A page of another site uses the API from a browser only where the setting names its origin."""

from typing import Any

import orjson
import pytest
from django.test import Client

from conversations.management import large_requests
from conversations.models import User
from tests.support.api import client_of

ASKED = {"Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "authorization,x-stainless-lang"}


@pytest.fixture(autouse=True)
def allowed(settings: Any) -> None:
    settings.API_ALLOWED_ORIGINS = ["https://www.example.org", "https://*.example.com"]


@pytest.mark.parametrize("origin", ["https://www.example.org", "https://shop.example.com"])
@pytest.mark.parametrize("address", ["/v1/models", "/api/chat"])
def test_a_named_one_may(alice: User, origin: str, address: str) -> None:
    preflight = Client().options(address, headers={"Origin": origin, **ASKED})
    assert preflight.status_code == 204 and preflight.headers["Access-Control-Allow-Origin"] == origin
    assert preflight.headers["Access-Control-Allow-Headers"] == ASKED["Access-Control-Request-Headers"]
    assert "POST" in preflight.headers["Access-Control-Allow-Methods"]
    for client, status in ((client_of(alice), 200), (Client(), 401)):  # a page has to be able to read why it is refused
        response = client.get("/v1/models", headers={"Origin": origin})
        assert response.status_code == status and response.headers["Access-Control-Allow-Origin"] == origin
        assert "Retry-After" in response.headers["Access-Control-Expose-Headers"]
        assert "Access-Control-Allow-Credentials" not in response.headers and "Origin" in response.headers["Vary"]


@pytest.mark.parametrize("origin", ["https://evil.example", "http://www.example.org", "https://www.example.org.evil.example", "null"])
def test_no_other_may(alice: User, origin: str) -> None:
    preflight = Client().options("/v1/models", headers={"Origin": origin, **ASKED})
    response = client_of(alice).get("/v1/models", headers={"Origin": origin})
    assert not [name for answer in (preflight, response) for name in answer.headers if name.startswith("Access-Control")]
    assert b"Access-Control" not in large_requests.too_large(b"/v1/responses", origin)


def test_other_addresses_have_no_such_headers(alice: User) -> None:
    response = Client().options("/accounts/login/", headers={"Origin": "https://www.example.org", **ASKED})
    assert not [name for name in response.headers if name.startswith("Access-Control")]


def test_a_page_that_has_a_widget_can_read_that_its_message_was_too_large() -> None:
    head, _, body = large_requests.too_large(b"/widget/KEY/messages", "https://shop.example").partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 413 ") and b"Access-Control-Allow-Origin: *" in head.split(b"\r\n")
    assert orjson.loads(body)["error"]["code"] == "too_large"
