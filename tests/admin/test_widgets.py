"""Widgets in the admin: made with limits of their own, shown with the tag that puts them on a page, and deleted with all their visitors."""

from __future__ import annotations

import json
from datetime import timedelta
from decimal import Decimal
from html import unescape
from typing import Any

import pytest
from django.contrib.auth.models import Group
from django.test import Client
from django.utils import timezone

from conversations.jobs.context import TaskContext
from conversations.management import sealing
from conversations.models import Conversation, Job, Limit, SystemPrompt, User, Visitor, Widget
from conversations.widgets import group_limits, retention, visitors
from conversations.widgets.visitors import Identity
from tests.support import ledger, widget_visitors
from tests.support.admin_pages import staff

pytestmark = pytest.mark.django_db
LIST = "/admin/conversations/widget/"


def entered(**changed: Any) -> dict[str, Any]:
    return {
        "name": "Shop",
        "prompt": str(SystemPrompt.objects.get(slug="assistant").pk),
        "active": "on",
        "origins": "https://Shop.example.org/boots?size=40\nhttps://*.example.com",
        "visitors_are": "anonymous",
        "layout": "bubble",
        "title": "Ask us",
        "starters": "Boots?\nSandals?",
        "theme": "page",
        "accent": "#2a6a5c",
        "messages_per_minute": "6",
        "visitor_messages_per_day": "50",
        "messages_per_day": "500",
        "new_visitors_per_minute": "20",
        "monthly_cost": "10",
        "daily_cost": "2.5",
        "visitor_daily_cost": "",
        "keep_days": "30",
        **changed,
    }


def said(widget: Widget, digest: str = "a", **fields: Any) -> User:
    """A visitor who has a conversation."""
    user = visitors.admitted(Identity(widget, digest), None)
    Conversation.objects.create(owner=user, title="Boots?", updated=timezone.now())
    Visitor.objects.filter(user=user).update(**fields)
    return user


def test_one_is_made_with_its_limits_and_shows_its_tag(client: Client, admin: User) -> None:
    client.force_login(admin)
    response = client.post(f"{LIST}add/", entered())
    widget = Widget.objects.get()
    assert response["Location"] == f"{LIST}{widget.pk}/change/"
    assert widget.origins == ["https://shop.example.org", "https://*.example.com"] and widget.starters == ["Boots?", "Sandals?"]
    assert (widget.daily_cost, widget.visitor_daily_cost, widget.prompt_label) == (Decimal("2.50"), None, "")
    assert group_limits.of(widget) == (6, Decimal(10)) and Limit.objects.filter(group=widget.group).count() == 2
    page = unescape(client.get(response["Location"]).content.decode())
    assert f'<script src="http://testserver/widget/{widget.key}.js" async></script>' in page
    preview = client.get(f"{LIST}{widget.pk}/preview/").content.decode()
    assert f'<script src="/widget/{widget.key}.js" nonce="' in preview
    opened = client.get(response["Location"]).context["adminform"].form.initial["opened"]
    saved = client.post(response["Location"], entered(name="Store", monthly_cost="2.50", opened=json.dumps(opened)))
    assert saved.status_code == 302, saved.context["adminform"].form.errors
    widget.refresh_from_db()
    assert group_limits.of(widget) == (6, Decimal("2.50")) and widget.group.name == "Visitors of Store"


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ({"origins": "shop.example.org"}, "has neither"),
        ({"origins": ""}, "required"),
        ({"accent": "red"}, "six digits"),
        ({"monthly_cost": ""}, "required"),
        ({"daily_cost": "0"}, "greater than or equal to 0.01"),
        ({"prompt_label": "@beta"}, "No version of this assistant is labelled “beta”. It has none beside what is live."),
        ({"starters": "x" * 121}, "at most 120 characters"),
    ],
)
def test_what_makes_no_sense_is_not_saved(client: Client, admin: User, changed: dict[str, str], told: str) -> None:
    client.force_login(admin)
    page = unescape(client.post(f"{LIST}add/", entered(**changed)).content.decode())
    assert told in page and not Widget.objects.exists()


def test_a_secret_is_shown_once_and_sealed_again(client: Client, admin: User, settings: Any) -> None:
    client.force_login(admin)
    widget = widget_visitors.widget(visitors_are="signed")
    assert "draw a secret" in client.get(f"{LIST}{widget.pk}/preview/").content.decode()
    page = client.post(f"{LIST}{widget.pk}/secret/")
    widget.refresh_from_db()
    assert widget.secret in page.content.decode() and "no-store" in page["Cache-Control"] and widget.secret not in widget.sealed
    assert "data-token" in client.get(f"{LIST}{widget.pk}/preview/").content.decode()
    assert widget.secret not in client.get(f"{LIST}{widget.pk}/change/").content.decode()
    before, settings.OLD_KEY_SECRETS, settings.KEY_SECRET = widget.sealed, [settings.KEY_SECRET], "x" * 50
    assert sealing.reseal_all().resealed == 1
    widget.refresh_from_db()
    assert widget.sealed != before and widget.secret


def test_it_is_deleted_with_all_that_was_said(client: Client, admin: User) -> None:
    client.force_login(admin)
    widget, other = widget_visitors.widget(), widget_visitors.widget(name="Other")
    said(widget), said(other)
    counts = dict(client.get(f"{LIST}{widget.pk}/delete/").context["model_count"])
    assert counts == {"widgets": 1, "visitors": 1, "conversations": 1}
    client.post(f"{LIST}{widget.pk}/delete/", {"post": "yes"})
    assert list(Widget.objects.all()) == [other] and Conversation.objects.get().owner.visitor.widget == other
    assert not Group.objects.filter(name="Visitors of Shop").exists() and Limit.objects.count() == 2


def test_visitors_are_no_users_in_lists_but_their_conversations_are_found(client: Client, admin: User) -> None:
    client.force_login(admin)
    widget = widget_visitors.widget()
    user = said(widget)
    users = "/admin/conversations/user/"
    assert user.username not in client.get(users).content.decode()
    assert user.username in client.get(f"{users}?groups__id__exact={widget.group_id}").content.decode()
    assert client.get(f"{users}{user.pk}/change/").status_code == 200
    assert user.username in client.get(f"/admin/conversations/conversation/?owner__visitor__widget__id__exact={widget.pk}").content.decode()


def test_who_may_only_see_them_draws_no_secret(client: Client, bob: User) -> None:
    widget = widget_visitors.widget()
    client.force_login(staff(bob, "view_widget"))
    assert client.get(f"{LIST}{widget.pk}/preview/").status_code == 200
    assert client.post(f"{LIST}{widget.pk}/secret/").status_code == 403


def test_visitors_go_when_they_have_not_come_back(admin: User) -> None:
    widget, now = widget_visitors.widget(keep_days=7), timezone.now()
    gone, stays = said(widget, "a", last_seen=now - timedelta(days=7, hours=2)), said(widget, "b", last_seen=now - timedelta(days=6))
    said(widget, "c", last_seen=now - timedelta(days=7, minutes=30))  # which is noted once an hour
    assert retention.delete_old_visitors.call(TaskContext(Job()), {}) == "1 visitor deleted."
    assert not User.objects.filter(pk=gone.pk).exists() and Conversation.objects.filter(owner=stays).exists()
    assert Conversation.objects.count() == 2 and User.objects.filter(pk=admin.pk).exists()


def test_reports_name_visitors_of_a_widget_together(client: Client, admin: User) -> None:
    client.force_login(admin)
    widget = widget_visitors.widget()
    for digest in ("a", "b"):
        ledger.attempt(timezone.now(), owner=said(widget, digest))
    page = client.get("/admin/reports/").content.decode()
    assert page.count("Visitors of Shop") == 1 and "visitor-" not in page
