"""Users in the admin: counted, not read; kept where the log needs them; and no administrator gives permissions that they don't have."""

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Group, Permission
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from conversations.models import Conversation, User
from tests.support.admin_pages import staff, submit
from tests.support.admin_pages import url as admin_url


def save(client: Client, person: User, **changes: str | None):
    return submit(client, admin_url("user_change", person.pk), "user_form", **changes)


@pytest.mark.every_database
def test_deleting_a_person_tells_in_numbers(signed_in: Client, alice: User) -> None:
    Conversation.objects.create(owner=alice, title="Zebratitle", updated=timezone.now())
    url = reverse("admin:conversations_user_delete", args=[alice.pk])
    page = signed_in.get(url).content.decode()
    assert "Conversations: 1" in page
    assert "Zebratitle" not in page
    signed_in.post(url, {"post": "yes"})
    assert not User.objects.filter(pk=alice.pk).exists()


def test_who_wrote_admin_log_entries_is_deactivated_rather_than_deleted(signed_in: Client, admin: User, alice: User) -> None:
    LogEntry.objects.log_actions(alice.pk, [alice], 2, "Something")
    url = reverse("admin:conversations_user_delete", args=[alice.pk])
    for response in (signed_in.get(url), signed_in.post(url, {"post": "yes"})):
        assert "Deactivate the user instead" in response.content.decode()
    assert User.objects.filter(pk=alice.pk).exists()


@pytest.mark.every_database
def test_the_list_counts_conversations_and_shows_no_title(signed_in: Client, alice: User, django_assert_max_num_queries) -> None:
    for number in range(3):
        Conversation.objects.create(owner=alice, title=f"Zebra {number}", updated=timezone.now())
    with django_assert_max_num_queries(8):
        response = signed_in.get(reverse("admin:conversations_user_changelist"))
    assert "Zebra" not in response.content.decode()
    assert {person.username: person._conversations for person in response.context["cl"].result_list}["alice"] == 3


@pytest.mark.parametrize(("password", "said"), [("correct horse", "A password is set."), (None, "No password is set.")])
def test_of_a_password_is_shown_whether_there_is_one(signed_in: Client, admin: User, alice: User, password: str | None, said: str) -> None:
    alice.set_password(password)
    alice.save()
    page = signed_in.get(admin_url("user_change", alice.pk)).content.decode()
    assert said in page
    assert ("Reset password" if password else "Set password") in page
    for hidden in ("algorithm", "salt", "iterations", "<bdi>", alice.password, alice.password.rpartition("$")[2][:6]):
        assert hidden not in page


def test_permissions_are_ticked_by_area_and_said_in_words_to_all(signed_in: Client, client: Client, alice: User, bob: User) -> None:
    change, permission = admin_url("user_change", alice.pk), Permission.objects.get(codename="view_job")
    page = signed_in.get(change).content.decode()
    assert f'<input type="checkbox" name="user_permissions" value="{permission.pk}"' in page
    save(signed_in, alice, user_permissions=str(permission.pk))
    assert set(alice.user_permissions.all()) == {permission}
    client.force_login(staff(bob, "view_user"))
    for shown in (page, client.get(change).content.decode()):
        assert "Can sign in. Untick to lock the account without deleting it." in shown
        assert "Designates" not in shown
        assert "Hold down" not in shown


def test_groups_are_ticked_without_a_window_for_new_ones(signed_in: Client, alice: User) -> None:
    groups = [Group.objects.create(name=name) for name in ("Helpers", "Writers")]
    alice.groups.add(groups[0])
    page = signed_in.get(admin_url("user_change", alice.pk)).content.decode()
    for group in groups:
        assert f'<input type="checkbox" name="groups" value="{group.pk}"' in page
    assert "add_id_groups" not in page
    save(signed_in, alice, groups=str(groups[1].pk))
    assert [*alice.groups.all()] == [groups[1]]


@pytest.fixture
def personnel(bob: User) -> User:
    """Staff who may change users, but are no superuser."""
    bob.is_staff = True
    bob.save()
    bob.user_permissions.set(Permission.objects.filter(content_type__app_label="conversations", content_type__model="user"))
    return bob


def test_staff_can_not_make_superusers(client: Client, personnel: User, alice: User) -> None:
    client.force_login(personnel)
    for person in (alice, personnel):
        save(client, person, is_superuser="on", is_staff="on", first_name="Changed")
        person.refresh_from_db()
        assert person.first_name == "Changed"
        assert not person.is_superuser
    assert not alice.is_staff


def test_staff_can_not_take_over_a_superuser(client: Client, personnel: User, admin: User) -> None:
    client.force_login(personnel)
    before = admin.password
    new = {"password1": "a whole new staple", "password2": "a whole new staple", "usable_password": "true"}
    assert client.post(reverse("admin:auth_user_password_change", args=[admin.pk]), new).status_code == 403
    assert client.post(reverse("admin:conversations_user_change", args=[admin.pk]), {"username": "x"}).status_code == 403
    assert client.post(reverse("admin:conversations_user_delete", args=[admin.pk]), {"post": "yes"}).status_code == 403
    chosen = {"action": "delete_selected", "_selected_action": [str(admin.pk)], "post": "yes"}
    assert client.post(reverse("admin:conversations_user_changelist"), chosen).status_code == 403
    admin.refresh_from_db()
    assert admin.password == before


def test_a_user_is_added_with_an_address_and_no_talk_of_other_sign_ins(signed_in: Client) -> None:
    new = {"username": "carol", "email": "carol@example.org", "password1": "quiet-harbour-42", "password2": "quiet-harbour-42"}
    page = signed_in.get(admin_url("user_add")).content.decode()
    assert "invitation link" in page
    assert "Single Sign-On" not in page
    submit(signed_in, admin_url("user_add"), "user_form", **new)
    carol = User.objects.get(username="carol")
    assert (carol.email, carol.check_password("quiet-harbour-42")) == ("carol@example.org", True)
    assert "Single Sign-On" not in signed_in.get(reverse("admin:auth_user_password_change", args=[carol.pk])).content.decode()
