"""A session alone doesn't change where links for new passwords go: the password is asked for, and the old address is told."""

from __future__ import annotations

import re
import smtplib
from typing import Any

import pytest
from allauth.account.models import EmailAddress
from django.core import mail
from django.test import Client

from conversations.models import User
from tests.conftest import PASSWORD

ADDRESSES = "/accounts/email/"
NEW = "new@example.org"


@pytest.fixture
def browser(client: Client, alice: User) -> Client:
    """An open browser of alice's, whose password was entered long ago."""
    EmailAddress.objects.create(user=alice, email=alice.email, primary=True)
    client.force_login(alice)
    return client


def confirm(browser: Client, password: str) -> None:
    browser.post("/accounts/reauthenticate/", {"password": password})


@pytest.mark.parametrize("action", [{"action_add": "", "email": NEW}, {"action_remove": "", "email": "alice@example.org"}])
def test_changing_addresses_asks_for_the_password(browser: Client, alice: User, action: dict[str, str]) -> None:
    EmailAddress.objects.create(user=alice, email="second@example.org")
    before = set(EmailAddress.objects.values_list("email", flat=True))
    response = browser.post(ADDRESSES, action)
    assert response["Location"].startswith("/accounts/reauthenticate/")
    confirm(browser, "a wrong one")
    assert set(EmailAddress.objects.values_list("email", flat=True)) == before


def test_the_old_address_is_told_of_a_new_one(browser: Client, alice: User) -> None:
    confirm(browser, PASSWORD)
    browser.post(ADDRESSES, {"action_add": "", "email": NEW})
    assert EmailAddress.objects.filter(user=alice, email=NEW).exists()
    notices = [message for message in mail.outbox if message.to == [alice.email]]
    assert [NEW in str(message.body) for message in notices] == [True]
    browser.post(ADDRESSES, {"action_primary": "", "email": NEW})
    assert [message.to for message in mail.outbox if "no longer" in message.body] == [[alice.email]]


def test_an_address_that_is_not_confirmed_takes_no_confirmed_ones_place(browser: Client, alice: User) -> None:
    confirm(browser, PASSWORD)
    EmailAddress.objects.filter(user=alice).update(verified=True)
    EmailAddress.objects.create(user=alice, email=NEW)
    page = browser.post(ADDRESSES, {"action_primary": "", "email": NEW}, follow=True).content.decode()
    assert "Confirm this address before you make it primary." in page
    assert EmailAddress.objects.get(user=alice, primary=True).email == alice.email


def test_a_mail_server_that_is_down_hides_no_change(browser: Client, alice: User, monkeypatch: pytest.MonkeyPatch) -> None:
    confirm(browser, PASSWORD)
    EmailAddress.objects.create(user=alice, email=NEW)

    def refuse(*_: object, **__: object) -> None:
        raise smtplib.SMTPServerDisconnected

    monkeypatch.setattr(mail.EmailMessage, "send", refuse)
    assert browser.post(ADDRESSES, {"action_primary": "", "email": NEW}).status_code == 302
    assert EmailAddress.objects.get(user=alice, primary=True).email == NEW


def buttons(browser: Client) -> list[tuple[str, str]]:
    return re.findall(r'name="(action_\w+)" aria-label="[^"]*?([^ "]+@[^ "]+)', browser.get(ADDRESSES).content.decode())


def test_removing_the_only_address_asks(browser: Client, alice: User) -> None:
    confirm(browser, PASSWORD)
    remove = {"action_remove": "", "email": alice.email}
    page = browser.post(ADDRESSES, remove).content.decode()
    assert "Remove your only address?" in page
    assert EmailAddress.objects.filter(user=alice).exists()
    browser.post(ADDRESSES, remove | {"sure": "yes"})
    assert not EmailAddress.objects.filter(user=alice).exists()


def test_each_address_offers_what_can_be_done_with_it(browser: Client, alice: User, settings: Any) -> None:
    assert buttons(browser) == [("action_send", alice.email), ("action_remove", alice.email)]
    EmailAddress.objects.create(user=alice, email=NEW, verified=True)
    assert buttons(browser) == [("action_send", alice.email), ("action_primary", NEW), ("action_remove", NEW)]
    EmailAddress.objects.create(user=alice, email="third@example.org")
    assert [address for action, address in buttons(browser) if action == "action_primary"] == [NEW]  # the third isn't confirmed
    settings.EMAIL_BACKEND = "django.core.mail.backends.console.EmailBackend"
    assert ("action_send", alice.email) not in buttons(browser)
    assert "can’t send mail yet" in browser.get(ADDRESSES).content.decode()


def test_the_address_that_an_account_was_made_with_is_its_primary_one(client: Client, bob: User) -> None:
    client.force_login(bob)
    assert buttons(client) == [("action_send", bob.email), ("action_remove", bob.email)]
    EmailAddress.objects.create(user=bob, email=NEW)
    assert [address for action, address in buttons(client) if action == "action_primary"] == [NEW]
