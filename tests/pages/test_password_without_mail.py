"""Where mail is not set up, the pages for a forgotten password promise none, and say whom to ask."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from conversations.models import User
from tests.conftest import PASSWORD

RESET = "/accounts/password/reset/"
NO_MAIL = "This site can’t send mail."


@pytest.mark.parametrize(("backend", "is_sent"), [("console", False), ("locmem", True), ("smtp", True)])
@pytest.mark.django_db
def test_a_mail_is_promised_only_where_it_is_sent(client: Client, settings: Any, backend: str, is_sent: bool) -> None:
    settings.EMAIL_BACKEND = f"django.core.mail.backends.{backend}.EmailBackend"
    asked = client.get(RESET).content.decode()
    done = client.get(f"{RESET}done/").content.decode()
    for page, promise in ((asked, "we’ll send you a link"), (done, "on its way there")):
        assert (promise in page) == is_sent
        assert (NO_MAIL in page) == (not is_sent)
        assert ("sk an administrator" in page) == (page == done or not is_sent)


@pytest.mark.parametrize(("backend", "is_sent"), [("console", False), ("locmem", True)])
def test_a_new_address_promises_a_mail_only_where_it_is_sent(
    client: Client, settings: Any, alice: User, backend: str, is_sent: bool
) -> None:
    settings.EMAIL_BACKEND = f"django.core.mail.backends.{backend}.EmailBackend"
    client.force_login(alice)
    client.post("/accounts/reauthenticate/", {"password": PASSWORD})
    page = client.post("/accounts/email/", {"action_add": "", "email": f"{backend}@example.org"}, follow=True).content.decode()
    assert f"{backend}@example.org" in page
    assert "Another address</label>" in page
    assert "only way to a new password" not in page  # that is said of the first one
    assert ("Confirmation email sent" in page) == is_sent


def test_the_link_is_written_to_the_log(client: Client, settings: Any, alice: User, capfd: pytest.CaptureFixture[str]) -> None:
    settings.EMAIL_BACKEND = "django.core.mail.backends.console.EmailBackend"
    assert client.post(RESET, {"email": alice.email})["Location"] == f"{RESET}done/"
    assert f"{RESET}key/" in capfd.readouterr().out
