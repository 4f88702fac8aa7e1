"""Errors are explained on the site's own pages, also when nothing is known of the request."""

import pytest
from django.core.exceptions import PermissionDenied, SuspiciousOperation
from django.template.loader import render_to_string
from django.test import Client, RequestFactory
from django.views import defaults


@pytest.fixture
def request_():
    request = RequestFactory().get("/")
    request.csp_nonce = "nonce"  # type: ignore[attr-defined]
    return request


def test_not_found() -> None:
    response = Client().get("/nothing/here/")
    assert response.status_code == 404
    assert "Page not found" in response.content.decode()


def test_a_stale_form() -> None:
    response = Client(enforce_csrf_checks=True).post("/accounts/login/", {"login": "alice"})
    assert response.status_code == 403
    assert "Your session has ended" in response.content.decode()


@pytest.mark.django_db
def test_forbidden_and_unreadable(request_) -> None:
    assert "You don’t have access to this page" in defaults.permission_denied(request_, PermissionDenied()).content.decode()
    assert "Bad request" in defaults.bad_request(request_, SuspiciousOperation()).content.decode()


def test_a_broken_server_needs_nothing_to_say_so(request_) -> None:
    assert "Something went wrong" in defaults.server_error(request_).content.decode()
    assert "Your conversations are safe" in render_to_string("500.html")
