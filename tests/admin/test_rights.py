"""No permission short of superuser leads to another account or to more permissions; and a superuser always remains."""

from __future__ import annotations

import pytest
from allauth.account.models import EmailAddress
from django.contrib.auth.models import Group, Permission
from django.test import Client
from django.urls import reverse

from conversations.models import User
from tests.support.admin_pages import submit
from tests.support.admin_pages import url as admin_url


def staff(user: User, *codenames: str) -> User:
    user.is_staff = True
    user.save()
    user.user_permissions.set(Permission.objects.filter(codename__in=codenames))
    return user


def save(client: Client, person: User, **changes: str | None) -> str:
    return submit(client, admin_url("user_change", person.pk), "user_form", **changes).content.decode()


def test_an_address_of_a_superuser_is_not_added_by_others(client: Client, admin: User, bob: User) -> None:
    address = EmailAddress.objects.create(user=admin, email="admin@example.org", primary=True)
    client.force_login(staff(bob, "view_user", *(f"{what}_emailaddress" for what in ("add", "change", "delete", "view"))))
    added = {"user": str(admin.pk), "email": "bob@example.org", "verified": "on", "primary": "on"}
    assert client.get(reverse("admin:account_emailaddress_changelist")).status_code == 200
    assert client.post(reverse("admin:account_emailaddress_add"), added).status_code == 403
    assert client.post(reverse("admin:account_emailaddress_change", args=[address.pk]), added).status_code == 403
    assert client.post(reverse("admin:account_emailaddress_delete", args=[address.pk]), {"post": "yes"}).status_code == 403
    chosen = {"action": "make_verified", "_selected_action": [str(address.pk)]}
    client.post(reverse("admin:account_emailaddress_changelist"), chosen)
    assert list(EmailAddress.objects.values_list("email", "verified")) == [("admin@example.org", False)]


def test_a_members_group_gets_no_permission_from_the_member(client: Client, bob: User) -> None:
    group = Group.objects.create(name="helpers")
    bob.groups.add(group)
    client.force_login(staff(bob, "change_group", "view_group", "add_group", "delete_group"))
    page = reverse("admin:auth_group_change", args=[group.pk])
    everything = [str(pk) for pk in Permission.objects.values_list("pk", flat=True)]
    assert client.get(page).status_code == 200
    assert client.post(page, {"name": "helpers", "permissions": everything}).status_code == 403
    assert not group.permissions.exists()


@pytest.mark.parametrize("name", ["email", "username"])
def test_what_an_account_is_entered_by_is_changed_by_superusers_only(client: Client, alice: User, bob: User, name: str) -> None:
    client.force_login(staff(bob, "change_user", "view_user"))
    for person in (alice, bob):
        before = getattr(person, name)
        save(client, person, first_name="Changed", **{name: "taken@example.org"})
        person.refresh_from_db()
        assert (person.first_name, getattr(person, name)) == ("Changed", before)


def test_passwords_of_others_are_set_by_superusers_only(client: Client, alice: User, bob: User) -> None:
    client.force_login(staff(bob, "change_user", "view_user", "add_user"))
    before = alice.password
    new = {"password1": "a whole new staple", "password2": "a whole new staple", "usable_password": "true"}
    assert client.get(reverse("admin:auth_user_password_change", args=[alice.pk])).status_code == 403
    assert client.post(reverse("admin:auth_user_password_change", args=[alice.pk]), new).status_code == 403
    save(client, alice, password="a whole new staple", **new)
    alice.refresh_from_db()
    assert alice.password == before


@pytest.mark.parametrize("lost", ["is_superuser", "is_staff", "is_active"])
def test_the_last_superuser_keeps_the_right(signed_in: Client, admin: User, alice: User, lost: str) -> None:
    refused = "This is the last superuser who can enter"
    User.objects.filter(pk=alice.pk).update(is_superuser=True)  # who can't enter the administration is no help
    assert refused in save(signed_in, admin, own_rights="on", **{lost: None})
    admin.refresh_from_db()
    assert getattr(admin, lost)
    User.objects.filter(pk=alice.pk).update(is_staff=True)
    assert refused not in save(signed_in, admin, own_rights="on", **{lost: None})
    admin.refresh_from_db()
    assert not getattr(admin, lost)


@pytest.mark.parametrize("is_in_list", [False, True])
def test_the_last_superuser_keeps_the_account(signed_in: Client, admin: User, alice: User, is_in_list: bool) -> None:
    User.objects.filter(pk=alice.pk).update(is_superuser=True, is_active=False)  # who can't sign in is no help
    if is_in_list:
        chosen = {"action": "delete_selected", "_selected_action": [str(alice.pk), str(admin.pk)], "post": "yes"}
        response = signed_in.post(admin_url("user_changelist"), chosen)
    else:
        response = signed_in.post(admin_url("user_delete", admin.pk), {"post": "yes"})
    assert "This is the last superuser who can enter" in response.content.decode()
    assert User.objects.filter(pk=admin.pk).exists()


def test_the_last_superuser_keeps_the_password(signed_in: Client, admin: User, alice: User) -> None:
    page = reverse("admin:auth_user_password_change", args=[admin.pk])
    disabled = {"usable_password": "false", "unset-password": "Disable password-based authentication"}
    User.objects.filter(pk=alice.pk).update(is_superuser=True, is_staff=True, password="!")
    assert "This is the last superuser who can enter" in signed_in.post(page, disabled).content.decode()
    admin.refresh_from_db()
    assert admin.has_usable_password()
    alice.set_password("correct horse battery")
    alice.save(update_fields=["password"])
    signed_in.post(page, disabled)
    admin.refresh_from_db()
    assert not admin.has_usable_password()


def test_a_change_of_ones_own_rights_asks(signed_in: Client, admin: User, alice: User) -> None:
    User.objects.filter(pk=alice.pk).update(is_superuser=True, is_staff=True)
    assert "This changes your own rights." in save(signed_in, admin, is_staff=None)
    admin.refresh_from_db()
    assert admin.is_staff
    assert "Change my own rights" not in signed_in.get(admin_url("user_change", alice.pk)).content.decode()
    save(signed_in, admin, is_staff=None, own_rights="on")
    admin.refresh_from_db()
    assert not admin.is_staff


def test_adding_users_is_offered_where_it_is_allowed(client: Client, bob: User) -> None:
    page = admin_url("user_add")
    for rights, status in (("add_user",), 403), (("add_user", "change_user"), 200):
        client.force_login(staff(bob, *rights))
        assert client.get(page).status_code == status
        assert (page in client.get("/admin/").content.decode()) == (status == 200)
