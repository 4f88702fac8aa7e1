"""Wrong passwords are counted for the account that they are meant for, whatever is entered as its name, and by none of another's doings."""

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

OWN = "quiet-harbour-42"


@pytest.fixture(autouse=True)
def _counted_anew(settings: Any) -> None:
    """With an account's limits low, and no others in their way."""
    cache.clear()
    settings.ACCOUNT_RATE_LIMITS = {
        **dict.fromkeys(("login", "login_failed", "signup", "reset_password", "reset_password_from_key"), "1000/m/ip"),
        "login_failed_from_here": "3/5m/key",
        "login_failed_anywhere": "5/h/key",
    }


def attempt(login: str, password: str = "wrong", address: str = "10.0.0.1") -> str:
    """How it ended: “in”, “wrong” or “too many”."""
    response = Client(REMOTE_ADDR=address).post("/accounts/login/", {"login": login, "password": password})
    if response.status_code == 302:
        return "in"
    return "too many" if "Too many failed" in response.content.decode() else "wrong"


def other(name: str, email: str = "") -> User:
    return User.objects.create_user(name, email, OWN)


def reset_password(user: User) -> None:
    """By the link in a mail."""
    mail.outbox.clear()
    client = Client(REMOTE_ADDR="10.0.0.1")
    client.post("/accounts/password/reset/", {"email": user.email})
    link = re.search(r"/accounts/password/reset/key/\S+", str(mail.outbox[0].body))
    assert link
    page = client.get(link[0])["Location"]
    assert client.post(page, {"password1": f"{OWN}-new"}).status_code == 302


def test_a_user_name_that_is_anothers_address_gives_no_more_guesses(alice: User) -> None:
    other(alice.email)
    assert [attempt(alice.email) for _ in range(3)] == ["wrong"] * 3
    assert attempt("alice", PASSWORD) == attempt(alice.email, PASSWORD) == "too many"


def test_an_account_that_names_anothers_address_gives_no_more_guesses(bob: User) -> None:
    other("older", "alice@example.org")
    User.objects.create_user("alice", "alice@example.org", PASSWORD)
    assert [attempt("alice@example.org") for _ in range(3)] == ["wrong"] * 3
    assert attempt("alice", PASSWORD) == "too many"


def test_another_users_new_password_forgets_no_guess(alice: User) -> None:
    mallory = other("mallory", "mallory@example.org")
    for email in (mallory.email, alice.email):
        EmailAddress.objects.create(user=mallory, email=email)
    EmailAddress.objects.create(user=alice, email=alice.email)
    assert [attempt("alice") for _ in range(3)] == ["wrong"] * 3
    reset_password(mallory)
    assert attempt("alice", PASSWORD) == "too many"


def test_resetting_passwords_gives_an_address_no_more_guesses(alice: User, settings: Any) -> None:
    settings.ACCOUNT_RATE_LIMITS = {**settings.ACCOUNT_RATE_LIMITS, "login_failed": "4/m/ip", "login_failed_from_here": "100/m/key"}
    mallory = other("mallory", "mallory@example.org")
    EmailAddress.objects.create(user=mallory, email=mallory.email)
    assert [attempt("alice") for _ in range(4)] == ["wrong"] * 4
    reset_password(mallory)
    assert attempt("alice", PASSWORD) == "too many"
