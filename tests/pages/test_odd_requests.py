"""Requests that no page of ours makes are refused, not answered with a fault of ours."""

from __future__ import annotations

import uuid

import pytest
from django.test import Client
from django.utils import timezone

from conversations.models import SystemPrompt, User


@pytest.fixture
def browser(client: Client, admin: User) -> Client:
    client.force_login(admin)
    client.raise_request_exception = False
    return client


@pytest.mark.parametrize("page", ["rename", "leaf"])
def test_a_form_where_json_belongs(admin: User, page: str) -> None:
    """Its body is read already, for the token."""
    conversation = admin.conversations.create(title="A talk", updated=timezone.now())
    browser = Client(enforce_csrf_checks=True, raise_request_exception=False)
    browser.force_login(admin)
    browser.get("/accounts/password/change/")
    response = browser.post(f"/c/{conversation.pk}/{page}/", {"csrfmiddlewaretoken": browser.cookies["csrftoken"].value})  # multipart
    assert response.status_code == 400


@pytest.mark.every_database
def test_a_user_name_of_a_megabyte(client: Client, admin: User) -> None:
    response = client.post("/accounts/login/", {"login": "x" * 1_000_000, "password": "a password"})
    assert response.status_code == 200
    assert "at most 254 characters" in response.content.decode()


@pytest.mark.every_database
@pytest.mark.parametrize("listed", ["apikey", "user", "systemprompt"])
def test_a_search_for_thousands_of_words(browser: Client, listed: str) -> None:
    assert browser.get(f"/admin/conversations/{listed}/", {"q": "x " * 2_000}).status_code == 200
    assert browser.get(f"/admin/conversations/{listed}/", {"q": "x " * 90}).status_code == 200


@pytest.mark.every_database
def test_suggestions_for_thousands_of_words(browser: Client, alice: User) -> None:
    asked = {"app_label": "conversations", "model_name": "limit", "field_name": "person"}
    assert browser.get("/admin/autocomplete/", {**asked, "term": "x " * 3_000}).status_code == 200
    assert "alice" in browser.get("/admin/autocomplete/", {**asked, "term": "alice"}).content.decode()


@pytest.mark.parametrize("opened", ["[" * 100_000, "[" * 980 + "]" * 980, "9" * 5_000, "{", "NaN"])
def test_what_a_form_was_opened_with_is_anything_at_all(browser: Client, opened: str) -> None:
    prompt = SystemPrompt.objects.get(slug="assistant")
    for page in ("change", "draft"):
        response = browser.post(f"/admin/conversations/systemprompt/{prompt.pk}/{page}/", {"opened": opened, "name": "x", "text": "y"})
        assert response.status_code in (200, 409, 422), page


@pytest.mark.parametrize("odd", ["zz", "0"])
def test_a_user_that_is_no_id(browser: Client, alice: User, odd: str) -> None:
    for page, field in (("conversations/limit", "person"), ("conversations/grant", "person"), ("account/emailaddress", "user")):
        add = f"/admin/{page}/add/"
        assert browser.get(add, {field: odd}).status_code == 200
        assert browser.post(add, {field: odd}).status_code == 200
        assert "alice" in browser.get(add, {field: str(alice.pk)}).content.decode()


@pytest.mark.every_database
def test_a_character_that_no_database_compares(browser: Client) -> None:
    for page, name in (("attempt/", "model"), ("message/", "error"), ("user/", "q"), ("user/", "username"), ("limit/add/", "person")):
        assert browser.get(f"/admin/conversations/{page}", {name: "a\x00"}).status_code == 400
    assert browser.get("/join/%00/").status_code == 404


def test_viewing_on_site(browser: Client, admin: User) -> None:
    assert browser.get("/admin/r/1/1/").status_code == 404
    assert browser.get(f"/admin/r/1/{uuid.uuid4()}/").status_code == 404


@pytest.mark.parametrize("page", ["/", "/use/", "/accounts/email/", "/accounts/password/change/", "/accounts/logout/", "/admin/"])
def test_a_page_is_not_kept_by_the_browser(browser: Client, page: str) -> None:
    assert "no-store" in browser.get(page)["Cache-Control"]
