"""The link that the first start prints makes the first admin: once, for a day, and only while there is none."""

import re
import time
from datetime import timedelta

import pytest
from django.contrib.auth import get_user
from django.core.signing import TimestampSigner
from django.test import Client
from django.utils import timezone

from conversations.models import Invitation, User
from conversations.pages.first_admin import ONE_DAY, path_for_first_admin
from tests.support.posts_at_once import post_at_once

FORM = {"username": "owner", "email": "owner@example.org", "password1": "quiet-harbour-42"}


@pytest.fixture
def path(db: None) -> str:
    path = path_for_first_admin()
    assert path is not None
    return path


def test_it_makes_a_superuser_and_signs_them_in(client: Client, path: str):
    assert client.get(path).status_code == 200
    answer = client.post(path, FORM)
    assert (answer.status_code, answer["Location"]) == (302, "/")
    owner = User.objects.get(username="owner")
    assert owner.is_superuser
    assert owner.is_staff
    assert owner.email == "owner@example.org"
    assert owner.check_password("quiet-harbour-42")
    assert get_user(client) == owner  # type: ignore[arg-type]


def test_the_name_is_entered_and_kept_as_at_signing_in(client: Client, path: str):
    name = re.search(r'<input[^>]*name="username"[^>]*>', client.get(path).content.decode())
    assert name
    assert 'autocomplete="username"' in name[0]
    assert 'autocapitalize="none"' in name[0]
    client.post(path, FORM | {"username": "ｏｗｎｅｒ"})
    assert User.objects.get().username == "owner"


def test_it_is_void_once_there_is_an_admin(client: Client, path: str, admin: User):
    assert path_for_first_admin() is None
    for answer in (client.get(path), client.post(path, FORM)):
        assert answer.status_code == 410
        assert answer.context["form"] is None
    assert not User.objects.filter(username="owner").exists()


def test_it_works_once_also_where_no_admin_is_left(db: None, monkeypatch: pytest.MonkeyPatch):
    minute_ago = time.time() - 60
    with monkeypatch.context() as patch:
        patch.setattr("django.core.signing.time.time", lambda: minute_ago)
        path = path_for_first_admin()
    with monkeypatch.context() as patch:
        patch.setattr("django.core.signing.time.time", lambda: minute_ago + 2)
        of_another_start = path_for_first_admin()
    assert path != of_another_start
    assert Client().post(path or "", FORM).status_code == 302
    assert Invitation.objects.update(created=timezone.now() - timedelta(seconds=10)) == 1
    User.objects.update(is_superuser=False)
    second = FORM | {"username": "second", "email": ""}
    for used in (path, of_another_start):
        assert Client().post(used or "", second).status_code == 410
    assert Client().post(path_for_first_admin() or "", second).status_code == 302


def test_people_who_are_no_admins_leave_it_valid(client: Client, path: str, alice: User):
    assert client.get(path).status_code == 200


@pytest.mark.parametrize(
    "token",
    [
        "made-up",
        TimestampSigner(salt="another").sign("admin"),
        TimestampSigner(salt="conversations.pages.first_admin", sep=".").sign("something else"),
    ],
    ids=["made up", "of another purpose", "of another content"],
)
def test_a_token_that_we_did_not_make_opens_nothing(client: Client, db: None, token: str):
    assert client.post(f"/welcome/{token}/", FORM).status_code == 410
    assert not User.objects.exists()


def test_it_is_too_old_after_a_day(client: Client, path: str, monkeypatch: pytest.MonkeyPatch):
    now = time.time()
    monkeypatch.setattr("django.core.signing.time.time", lambda: now + ONE_DAY + 5)
    assert client.post(path, FORM).status_code == 410


@pytest.mark.parametrize(
    "wrong",
    [
        {"username": ""},
        {"username": "two words"},
        {"email": "nowhere"},
        {"password1": "password"},
    ],
)
def test_what_is_wrong_is_said_and_nothing_is_made(client: Client, path: str, wrong: dict[str, str]):
    answer = client.post(path, {**FORM, **wrong})
    assert answer.status_code == 200
    assert answer.context["form"].errors
    assert not User.objects.exists()


@pytest.mark.every_database
@pytest.mark.django_db(transaction=True)
def test_two_who_post_at_once_make_one_admin(path: str):
    statuses = post_at_once(path, [{**FORM, "username": name, "email": f"{name}@example.org"} for name in ("first", "second")])
    assert statuses == [302, 410]
    assert User.objects.filter(is_superuser=True).count() == 1
