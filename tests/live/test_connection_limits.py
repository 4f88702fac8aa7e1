"""One address can't try passwords, create accounts or open sockets without limit; other addresses are not affected."""

import re
from typing import Any

import pytest
from allauth.account.models import EmailAddress
from django.core import mail
from django.core.cache import cache
from django.test import Client

from conversations.live import connection_limits
from conversations.models import User
from tests.conftest import PASSWORD
from tests.support.socket_client import Socket

HERE, ELSEWHERE = "198.51.100.7", "203.0.113.9"


@pytest.fixture(autouse=True)
def _nobody_has_tried_yet() -> None:
    cache.clear()


def sign_in(name: str = "alice", password: str = "wrong", **where: Any) -> int:
    where.setdefault("REMOTE_ADDR", HERE)
    response = Client().post("/accounts/login/", {"login": name, "password": password}, **where)
    return 429 if "Too many failed" in response.content.decode() else response.status_code


def sign_up(number: int, **where: Any) -> int:
    where.setdefault("REMOTE_ADDR", HERE)
    person = {"username": f"pupil{number}", "password1": "correct horse battery"}
    return Client().post("/accounts/signup/", person, **where).status_code


# Signing in


@pytest.mark.every_database
@pytest.mark.django_db
def test_an_account_s_password_is_tried_five_times(alice: User) -> None:
    assert [sign_in() for _ in range(6)] == [200] * 5 + [429]
    assert sign_in(password=PASSWORD) == 429
    assert sign_in(alice.email, PASSWORD) == sign_in(alice.email.upper(), PASSWORD) == 429  # the same account
    assert sign_in("bob", "wrong") == 200
    assert sign_in(password=PASSWORD, REMOTE_ADDR=ELSEWHERE) == 302  # where its owner is not locked out


@pytest.mark.django_db
def test_an_account_is_guessed_at_a_hundred_times_an_hour_from_everywhere(alice: User) -> None:
    tried = [sign_in(("alice", alice.email)[number % 2], REMOTE_ADDR=f"198.51.100.{number // 5}") for number in range(101)]
    assert tried == [200] * 100 + [429]
    assert sign_in(password=PASSWORD, REMOTE_ADDR=ELSEWHERE) == 429
    assert sign_in("bob", "wrong", REMOTE_ADDR=ELSEWHERE) == 200


@pytest.mark.django_db
def test_right_passwords_are_not_counted_and_a_new_one_begins_anew(alice: User) -> None:
    EmailAddress.objects.create(user=alice, email=alice.email, primary=True)
    assert [sign_in() for _ in range(4)] + [sign_in(password=PASSWORD) for _ in range(3)] == [200] * 4 + [302] * 3
    assert [sign_in(), sign_in()] == [200, 429]
    browser = Client(REMOTE_ADDR=HERE)
    browser.post("/accounts/password/reset/", {"email": alice.email})
    link = re.search(r"/accounts/password/reset/key/\S+", str(mail.outbox[-1].body))
    assert link
    form = browser.get(link[0])["Location"]
    browser.post(form, {"password1": "quiet-harbour-42"})
    assert sign_in(password="quiet-harbour-42") == 302


@pytest.mark.django_db
def test_an_address_tries_twenty_wrong_passwords_a_minute_of_whichever_accounts(alice: User) -> None:
    assert {sign_in(f"person{number}") for number in range(20)} == {200}
    assert sign_in("another") == 429
    assert sign_in("another", REMOTE_ADDR=ELSEWHERE) == 200


@pytest.mark.django_db
def test_a_class_signs_in_at_once_and_sees_a_page_of_ours_beyond(alice: User) -> None:
    assert {sign_in(password=PASSWORD) for _ in range(60)} == {302}
    response = Client().post("/accounts/login/", {"login": "alice", "password": PASSWORD}, REMOTE_ADDR=HERE)
    assert response.status_code == 429
    page = response.content.decode()
    assert "wait a minute, then try again" in page
    assert 'class="sheet"' in page
    assert "<script nonce" in page  # the site's own, with its policy
    assert Client().get("/accounts/login/", REMOTE_ADDR=HERE).status_code == 200


@pytest.mark.django_db
def test_an_address_makes_thirty_accounts_a_minute() -> None:
    assert {sign_up(number) for number in range(30)} == {302}
    assert sign_up(30) == 429
    assert not User.objects.filter(username="pupil30").exists()
    assert sign_up(31, REMOTE_ADDR=ELSEWHERE) == 302


@pytest.mark.django_db
def test_behind_a_proxy_the_address_that_it_saw_counts_and_not_what_a_client_claims(alice: User, settings) -> None:
    settings.ALLAUTH_TRUSTED_PROXY_COUNT = 1
    for number in range(20):
        assert sign_in(f"person{number}", REMOTE_ADDR="10.0.0.1", HTTP_X_FORWARDED_FOR=f"192.0.2.{number}, {HERE}") == 200
    assert sign_in("another", REMOTE_ADDR="10.0.0.1", HTTP_X_FORWARDED_FOR=HERE) == 429
    assert sign_in("another", REMOTE_ADDR="10.0.0.1", HTTP_X_FORWARDED_FOR=ELSEWHERE) == 200


# Sockets


@pytest.mark.django_db(transaction=True)
async def test_an_address_has_so_many_sockets_open(alice: User, settings) -> None:
    settings.SOCKETS_PER_ADDRESS = 2
    async with Socket(alice, address=HERE), Socket(alice, address=ELSEWHERE):
        async with Socket(alice, address=HERE):
            third = await Socket(alice, address=HERE).open()
            assert await third.closed_with() == 4429
            async with Socket(alice, address=ELSEWHERE):
                pass
        async with Socket(alice, address=HERE):  # one of them has gone
            pass
    assert not connection_limits._open


@pytest.mark.django_db(transaction=True)
async def test_who_is_turned_away_and_who_is_not_signed_in_leave_nothing_counted(alice: User, settings) -> None:
    settings.SOCKETS_PER_ADDRESS = 1
    stranger = await Socket(None, address=HERE).open()
    assert await stranger.closed_with() == 4401
    async with Socket(alice, address=HERE):
        pass
    assert not connection_limits._open


@pytest.mark.django_db(transaction=True)
async def test_an_address_opens_so_many_in_a_minute(alice: User, settings) -> None:
    settings.SOCKETS_PER_ADDRESS, settings.SOCKET_OPENINGS_PER_MINUTE = 1, 3
    for _ in range(3):
        async with Socket(alice, address=HERE):
            pass
    fourth = await Socket(alice, address=HERE).open()
    assert await fourth.closed_with() == 4429
    async with Socket(alice, address=ELSEWHERE):
        pass


@pytest.mark.django_db(transaction=True)
async def test_no_limit_where_the_settings_say_none_nor_on_this_machine(alice: User, settings) -> None:
    settings.SOCKETS_PER_ADDRESS = 1
    for address in ("127.0.0.1", "::1", ""):
        async with Socket(alice, address=address), Socket(alice, address=address):
            pass
    settings.SOCKETS_PER_ADDRESS = settings.SOCKET_OPENINGS_PER_MINUTE = 0
    async with Socket(alice, address=HERE), Socket(alice, address=HERE):
        pass


@pytest.mark.parametrize(
    ("proxies", "peer", "forwarded", "address"),
    [
        (0, HERE, "", HERE),
        (0, HERE, ELSEWHERE, HERE),  # no proxy is trusted: the header is the client's own
        (1, "10.0.0.1", ELSEWHERE, ELSEWHERE),
        (1, "10.0.0.1", f"192.0.2.1, {ELSEWHERE}", ELSEWHERE),
        (2, "10.0.0.1", f"192.0.2.1, {ELSEWHERE}, 10.0.0.2", ELSEWHERE),
        (2, "10.0.0.1", ELSEWHERE, "10.0.0.1"),  # fewer proxies than there should be
        (1, "127.0.0.1", "", None),
        (0, "", "", None),
        (0, "2001:db8:1:2:3:4:5:6", "", "2001:db8:1:2::"),  # a household has a whole network of them
    ],
)
def test_the_address_is_found_as_for_signing_in(settings, proxies: int, peer: str, forwarded: str, address: str | None) -> None:
    settings.ALLAUTH_TRUSTED_PROXY_COUNT = proxies
    headers = [(b"x-forwarded-for", forwarded.encode())] if forwarded else []
    assert connection_limits.of({"headers": headers, "client": [peer, 1] if peer else None}) == address
