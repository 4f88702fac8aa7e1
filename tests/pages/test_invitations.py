"""An invitation's link makes as many accounts as it says, until it expires or is revoked; and it gives no more than its maker may."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from allauth.account.models import EmailAddress
from django.contrib.auth import get_user
from django.contrib.auth.models import Group, Permission
from django.core.cache import cache
from django.test import Client
from django.utils import timezone

from conversations.models import Invitation, User
from tests.support.posts_at_once import post_at_once

FORM = {"username": "newcomer", "email": "newcomer@example.org", "password1": "quiet-harbour-42"}


def invite(maker: User, *groups: Group, **fields: Any) -> tuple[Invitation, str]:
    """The row, and its link's path."""
    invitation = Invitation(made_by=maker, **{"expires": timezone.now() + timedelta(days=1), **fields})
    token = invitation.draw_token()
    invitation.save()
    invitation.groups.set(groups)
    return invitation, f"/join/{token}/"


@pytest.fixture(autouse=True)
def _uncounted() -> None:
    cache.clear()


def test_it_makes_an_account_in_its_group_and_signs_in(client: Client, admin: User, settings: Any) -> None:
    settings.SIGNUP_OPEN = False
    pupils = Group.objects.create(name="Pupils")
    invitation, path = invite(admin, pupils, email="proposed@example.org")
    assert 'value="proposed@example.org"' in client.get(path).content.decode()
    response = client.post(path, FORM)
    assert (response.status_code, response["Location"]) == (302, "/")
    newcomer = User.objects.get(username="newcomer")
    assert get_user(client) == newcomer  # type: ignore[arg-type]
    assert list(newcomer.groups.all()) == [pupils]
    assert (newcomer.is_staff, newcomer.is_superuser) == (False, False)
    assert EmailAddress.objects.get(user=newcomer, primary=True).email == "newcomer@example.org"
    invitation.refresh_from_db()
    assert (invitation.uses, list(invitation.users.all())) == (1, [newcomer])


def test_only_a_digest_of_the_token_is_stored(admin: User) -> None:
    invitation, path = invite(admin)
    token = path.split("/")[2]
    stored = Invitation.objects.filter(pk=invitation.pk).values().get()
    assert len(token) >= 43
    assert all(token not in str(value) for value in stored.values())


def test_what_is_wrong_is_said_and_takes_no_use(client: Client, admin: User) -> None:
    invitation, path = invite(admin)
    for wrong in ({"username": "admin"}, {"username": ""}, {"email": "nowhere"}, {"password1": "password"}):
        response = client.post(path, {**FORM, **wrong})
        assert response.status_code == 200
        assert list(response.context["form"].errors) == list(wrong)
    invitation.refresh_from_db()
    assert (invitation.uses, User.objects.count()) == (0, 1)
    assert client.post(path, {**FORM, "email": ""}).status_code == 302


@pytest.mark.parametrize(
    ("fields", "says"),
    [
        ({"uses": 1}, "An account was made with it, and it works once."),
        ({"max_uses": 3, "uses": 3}, "All accounts that it was for have been made."),
        ({"expires": timezone.now() - timedelta(minutes=1)}, "It expired on"),
        ({"revoked": timezone.now()}, "It was withdrawn."),
    ],
)
def test_a_closed_link_says_why_and_what_to_do(client: Client, admin: User, fields: dict[str, Any], says: str) -> None:
    _, path = invite(admin, **fields)
    for response in (client.get(path), client.post(path, FORM)):
        page = response.content.decode()
        assert response.status_code == 410
        assert says in page
        assert "sk the person who sent" in page
        assert "<form" not in page
    assert not User.objects.filter(username="newcomer").exists()


def test_a_link_without_a_limit_goes_on(admin: User) -> None:
    invitation, path = invite(admin, max_uses=None)
    for number in range(3):
        assert Client().post(path, {**FORM, "username": f"pupil{number}", "email": ""}).status_code == 302
    invitation.refresh_from_db()
    assert (invitation.uses, invitation.users.count()) == (3, 3)


def test_guessing_is_slowed_down(client: Client, admin: User) -> None:
    _, path = invite(admin)
    answers = [client.get(f"/join/guess{number}/").status_code for number in range(22)]
    assert answers == [404] * 20 + [429] * 2
    assert client.get(path).status_code == 200  # a user with a link is not kept from it


def test_a_signed_in_user_makes_no_second_account(client: Client, admin: User, alice: User) -> None:
    invitation, path = invite(admin)
    client.force_login(alice)
    assert "signed in as alice" in client.post(path, FORM).content.decode()
    invitation.refresh_from_db()
    assert invitation.uses == 0


def test_permissions_of_a_group_need_staff_status_which_comes_along(client: Client, admin: User) -> None:
    writers = Group.objects.create(name="Writers")
    writers.permissions.add(Permission.objects.get(codename="change_systemprompt"))
    _, path = invite(admin, writers)
    client.post(path, FORM)
    assert client.get("/admin/conversations/systemprompt/").status_code == 200
    assert client.get("/admin/conversations/provider/").status_code == 403


@pytest.mark.parametrize("lost", ["is_active", "is_superuser", "right", "account"])
def test_it_gives_nothing_that_its_maker_may_no_longer_give(client: Client, admin: User, bob: User, lost: str) -> None:
    if lost == "right":
        maker, groups = bob, []
    else:
        maker, groups = admin, [Group.objects.create(name="Pupils")]
    maker.user_permissions.add(Permission.objects.get(codename="add_invitation"))
    _, path = invite(maker, *groups)
    assert client.get(path).status_code == 200
    if lost == "right":
        bob.user_permissions.clear()
    elif lost == "account":
        admin.delete()
    else:
        User.objects.filter(pk=admin.pk).update(**{lost: False})
    response = client.post(path, FORM)
    assert response.status_code == 410
    assert "It was withdrawn." in response.content.decode()
    assert not User.objects.filter(username="newcomer").exists()


@pytest.mark.every_database
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("names", [("first", "second"), ("same", "same")])
def test_the_last_use_is_taken_once(admin: User, names: tuple[str, str]) -> None:
    """With the same name both could have two uses, and one is told that the name is taken."""
    invitation, path = invite(admin, max_uses=1 if len(set(names)) == 2 else 2)
    statuses = post_at_once(path, [{**FORM, "username": name, "email": f"{name}@example.org"} for name in names])
    assert statuses == ([302, 410] if len(set(names)) == 2 else [200, 302])
    invitation.refresh_from_db()
    assert (invitation.uses, invitation.users.count()) == (1, 1)
    assert User.objects.filter(username__in=names).count() == 1
