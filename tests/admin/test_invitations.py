"""Invitations in the admin: made by those who may, shown once, sent where mail is set up, listed and revoked."""

from __future__ import annotations

import re
import smtplib
from datetime import timedelta
from html import unescape
from typing import Any

import pytest
from django.contrib.auth.models import Group
from django.core import mail
from django.test import Client
from django.utils import timezone

from conversations.models import Invitation, User
from tests.support.admin_pages import logged, staff, submit, url

ADD, LIST = url("invitation_add"), url("invitation_changelist")
FORM_ID = "invitation_form"


def test_groups_are_ticked_without_a_window_for_new_ones(signed_in: Client) -> None:
    page = signed_in.get(ADD).content.decode()
    assert '<input type="checkbox" name="groups"' in page
    assert "add_id_groups" not in page


def make(client: Client, **fields: Any) -> str:
    """The link, read from the page that shows it."""
    page = submit(client, ADD, FORM_ID, **fields).content.decode()
    found = re.search(r'<input id="link"[^>]*value="([^"]+)"', page)
    assert found, page
    return unescape(found[1])


def row(client: Client) -> str:
    page = client.get(LIST).content.decode()
    found = re.search(r'<table id="result_list">.*?<tbody>(.*?)</tbody>', page, re.DOTALL)
    return " ".join(re.sub(r"<[^>]+>", " ", found[1]).split()) if found else ""


def test_a_link_is_made_shown_once_and_used(signed_in: Client, admin: User) -> None:
    group = Group.objects.create(name="Pupils")
    link = make(signed_in, note="Class 7b", groups=str(group.pk), max_uses="2", lifetime="30")
    invitation = Invitation.objects.get()
    assert (invitation.made_by, invitation.max_uses, list(invitation.groups.all())) == (admin, 2, [group])
    assert abs(invitation.expires - timezone.now() - timedelta(days=30)) < timedelta(minutes=1)
    assert row(signed_in).startswith("Class 7b open 0 of 2 Pupils")
    newcomer = Client()
    assert newcomer.post(link, {"username": "newcomer", "password1": "quiet-harbour-42"}).status_code == 302
    assert row(signed_in).startswith("Class 7b open 1 of 2: newcomer Pupils")
    token = link.rstrip("/").rpartition("/")[2]
    for page in (LIST, url("invitation_change", invitation.pk), url("invitation_history", invitation.pk)):
        assert token not in signed_in.get(page).content.decode()
    assert all(token not in entry for entry in logged())


def test_it_is_sent_where_mail_is_set_up(signed_in: Client, settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    link = make(signed_in, email="new@example.org")
    assert [message.to for message in mail.outbox] == [["new@example.org"]]
    assert link in mail.outbox[0].body

    def refuse(*_: object, **__: object) -> None:
        raise smtplib.SMTPServerDisconnected("gone")

    monkeypatch.setattr(mail.EmailMessage, "send", refuse)
    page = submit(signed_in, ADD, FORM_ID, email="other@example.org").content.decode()
    assert "could not be sent: gone" in page
    assert "/join/" in page
    settings.EMAIL_BACKEND = "django.core.mail.backends.console.EmailBackend"
    assert "can’t send mail" in signed_in.get(ADD).content.decode()
    assert "was sent to" not in submit(signed_in, ADD, FORM_ID, email="third@example.org").content.decode()


@pytest.mark.parametrize("is_in_list", [False, True])
def test_it_is_revoked(signed_in: Client, is_in_list: bool) -> None:
    link = make(signed_in, note="Class 7b")
    invitation = Invitation.objects.get()
    assert ">Revoke</button>" in signed_in.get(url("invitation_change", invitation.pk)).content.decode()
    if is_in_list:
        signed_in.post(LIST, {"action": "revoke", "_selected_action": [str(invitation.pk)]})
    else:
        signed_in.post(url("invitation_revoke", invitation.pk))
    assert row(signed_in).startswith("Class 7b revoked")
    assert Client().get(link).status_code == 410
    assert logged()[-1] == "Revoked."
    assert ">Revoke</button>" not in signed_in.get(url("invitation_change", invitation.pk)).content.decode()


@pytest.mark.parametrize(("field", "value"), [("max_uses", "0"), ("email", "nowhere"), ("lifetime", "400")])
def test_what_makes_no_sense_is_refused(signed_in: Client, field: str, value: str) -> None:
    page = submit(signed_in, ADD, FORM_ID, **{field: value}).content.decode()
    assert "Please correct the error below." in page
    assert not Invitation.objects.exists()


def test_groups_are_given_by_superusers_only(client: Client, bob: User) -> None:
    group = Group.objects.create(name="Operators")
    client.force_login(staff(bob, "add_invitation"))
    assert "Operators" not in client.get(ADD).content.decode()
    make(client, groups=str(group.pk), is_superuser="on")
    invitation = Invitation.objects.get()
    assert (invitation.made_by, list(invitation.groups.all())) == (bob, [])


def test_who_may_what(client: Client, admin: User, bob: User) -> None:
    client.force_login(admin)
    make(client, note="Class 7b")
    invitation = Invitation.objects.get()
    change, revoke = url("invitation_change", invitation.pk), url("invitation_revoke", invitation.pk)
    for permissions, allowed in (
        ((), ()),
        (("add_invitation",), (ADD,)),
        (("view_invitation",), ()),  # the list names users
        (("view_invitation", "view_user"), (LIST, change)),
    ):
        client.force_login(staff(User.objects.get(pk=bob.pk), *permissions))
        assert tuple(page for page in (ADD, LIST, change) if client.get(page).status_code == 200) == allowed, permissions
        assert client.post(revoke).status_code == 403
    client.force_login(staff(User.objects.get(pk=bob.pk), "change_invitation", "view_user"))
    assert client.post(revoke).status_code == 302
    invitation.refresh_from_db()
    assert invitation.revoked


def test_the_list_asks_no_more_for_more_rows(signed_in: Client, admin: User, django_assert_max_num_queries: Any) -> None:
    for number in range(8):
        invitation = Invitation(note=f"Class {number}", made_by=admin, expires=timezone.now() + timedelta(days=1))
        invitation.draw_token()
        invitation.save()
    with django_assert_max_num_queries(9):
        assert "Class 7" in signed_in.get(LIST).content.decode()
