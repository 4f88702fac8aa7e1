"""Errors are explained on the site's own pages, also when nothing is known of the request."""

import pytest
from django.core.exceptions import PermissionDenied, SuspiciousOperation
from django.template.loader import render_to_string
from django.test import Client, RequestFactory
from django.views import defaults

from conversations.models import User


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


def test_a_form_without_its_token_is_given_back_without_its_secrets(admin: User) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(admin)
    text = "</textarea><script>alert(1)</script> Be brief.\r\nBe kind."
    sent = {"text": text, "headers": "X-Key: is a secret", "keys-0-secret": "s k - 1", "password1": "four words in it", "name": "Short"}
    for path in ("/admin/conversations/systemprompt/add/", "/accounts/login/"):
        response = client.post(path, sent)
        assert response.status_code == 403
        assert response["Cache-Control"] == "no-store"
        page = response.content.decode()
        assert "&lt;/textarea&gt;&lt;script&gt;alert(1)&lt;/script&gt; Be brief." in page
        assert "<script>alert" not in page
        for hidden in ("is a secret", "s k - 1", "four words", "Short"):
            assert hidden not in page
        assert (f'<a href="{path}">Open the form again' in page) == path.startswith("/admin/")
    assert "Open the form again" not in Client(enforce_csrf_checks=True).post("/no-such-page/", sent).content.decode()
