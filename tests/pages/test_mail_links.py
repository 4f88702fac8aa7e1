"""Links in mails lead to this site: at SITE_URL, or at the host of the request and a port where the server itself listens."""

from __future__ import annotations

import re
from typing import Any

import pytest
from allauth.account.models import EmailAddress
from django.core import mail
from django.core.cache import cache
from django.test import Client

from conversations.models import User
from tests.conftest import PASSWORD


@pytest.fixture(autouse=True)
def _uncounted() -> None:
    cache.clear()


def origins() -> set[str]:
    return set(re.findall(r"https?://[^/\s]+", "\n".join(str(message.body) for message in mail.outbox)))


@pytest.mark.parametrize(
    ("host", "site_url", "origin"),
    [
        ("testserver:6666", "", "http://testserver"),
        ("testserver", "", "http://testserver"),
        ("testserver:8000", "", "http://testserver:8000"),
        ("[::1]:6666", "", "http://[::1]"),
        ("testserver:6666", "https://chat.example.org:8443", "https://chat.example.org:8443"),
        ("evil.example", "https://chat.example.org", "https://chat.example.org"),
    ],
)
def test_links_for_new_passwords(client: Client, alice: User, settings: Any, host: str, site_url: str, origin: str) -> None:
    settings.SITE_URL, settings.ALLOWED_HOSTS = site_url, ["*"]
    for address in (alice.email, "unknown@example.org"):
        client.post("/accounts/password/reset/", {"email": address}, HTTP_HOST=host, SERVER_PORT="8000")
    assert len(mail.outbox) == 2
    assert origins() == {origin}


def test_a_user_who_chose_a_new_password_is_signed_in(client: Client, alice: User) -> None:
    client.post("/accounts/password/reset/", {"email": alice.email})
    link = re.search(r"/accounts/password/reset/key/\S+", str(mail.outbox[0].body))
    assert link
    form = client.get(link[0])["Location"]
    assert client.post(form, {"password1": "a-new-and-long-one-77"})["Location"] == "/"
    assert client.get("/").status_code == 200
    assert "password is changed" not in client.get("/use/").content.decode()  # it was seen to be


def test_links_that_confirm_an_address(client: Client, alice: User) -> None:
    EmailAddress.objects.create(user=alice, email=alice.email, primary=True)
    client.force_login(alice)
    client.post("/accounts/reauthenticate/", {"password": PASSWORD})
    client.post("/accounts/email/", {"action_send": "", "email": alice.email}, HTTP_HOST="testserver:6666")
    assert origins() == {"http://testserver"}
