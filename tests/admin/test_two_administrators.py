"""Two administrators with the same form: whatever it is of, the second save is told of the first and undoes nothing unknowingly."""

from __future__ import annotations

import threading
from decimal import Decimal
from typing import Any

import pytest
from allauth.account.models import EmailAddress
from django.contrib.auth.models import Group, Permission
from django.db import connections
from django.test import Client
from django.urls import reverse

from conversations.models import ApiKey, Limit, Model, Provider, User
from tests.support.admin_pages import KEY, provider_at
from tests.support.html_forms import entries

pytestmark = pytest.mark.django_db
ADDRESS = "http://house.example/v1"


class Form:
    """A change form as one administrator has it open."""

    def __init__(self, client: Client, row: Any) -> None:
        opts = row._meta
        self.client, self.form_id = client, f"{opts.model_name}_form"
        self.url = reverse(f"admin:{opts.app_label}_{opts.model_name}_change", args=[row.pk])
        self.page = client.get(self.url).content.decode()
        self.entries = entries(self.page, self.form_id)

    def save(self, **changes: str | None) -> bool:
        """Whether it was saved. If not, the form goes on with the page that came."""
        filled = {name: value for name, value in {**self.entries, **changes}.items() if value is not None}
        response = self.client.post(self.url, filled)
        self.page = response.content.decode()
        if response.status_code == 200:
            self.entries = entries(self.page, self.form_id)
        return response.status_code == 302


def row_of(kind: str, alice: User) -> Any:
    provider = provider_at(ADDRESS, KEY)
    match kind:
        case "provider":
            return provider
        case "key":
            return provider.keys.get()
        case "model":
            return Model.objects.create(provider=provider, name="big", input_price=Decimal("0.5"), output_price=Decimal(2), efforts=["low"])
        case "user":
            alice.groups.add(Group.objects.create(name="Readers"))
            return alice
        case "limit":
            return Limit.objects.create(group=Group.objects.create(name="Class"), messages_per_minute=5, concurrent_replies=2)
        case "group":
            group = Group.objects.create(name="Class")
            group.permissions.set(Permission.objects.all()[:3])
            return group
        case _:
            return EmailAddress.objects.create(user=alice, email="alice@example.org", primary=True)


# What the first one changes, what the second one changes, and how the first is told to the second.
CASES: dict[str, tuple[dict[str, str | None], dict[str, str | None], str]] = {
    "provider": ({"priority": "55"}, {"name": "Renamed"}, "“Priority” became “55” (taken over below)"),
    "key": ({"label": "spare"}, {"enabled": None}, "“Label” became “spare” (taken over below)"),
    "model": ({"input_price": "0.75"}, {"name_there": "big-1"}, "“Input tokens” became “0.750000” (taken over below)"),
    "user": ({"is_active": None}, {"first_name": "Al"}, "“Active” became “no” (taken over below)"),
    "limit": ({"messages_per_minute": "7"}, {"concurrent_replies": "3"}, "“Messages a minute” became “7” (taken over below)"),
    "group": ({"name": "Course"}, {"permissions": "1"}, "“Name” became “Course” (taken over below)"),
    "address": ({"verified": "on"}, {"primary": None}, "“Verified” became “yes” (taken over below)"),
}


def value_of(row: Any, name: str) -> str | None:
    value = getattr(type(row)._base_manager.get(pk=row.pk), name)
    if isinstance(value, bool):
        return "on" if value else None
    return str(value.get().pk) if name == "permissions" else str(value.normalize() if isinstance(value, Decimal) else value)


@pytest.mark.parametrize("kind", CASES)
def test_the_second_save_is_told_and_keeps_the_first(signed_in: Client, alice: User, kind: str) -> None:
    row = row_of(kind, alice)
    theirs, mine, told = CASES[kind]
    first, second = Form(signed_in, row), Form(signed_in, row)
    assert first.save(**theirs)
    assert not second.save(**mine)
    assert "Not saved: admin saved this" in second.page
    assert told in second.page
    assert all(value_of(row, name) == value for name, value in theirs.items())
    assert any(value_of(row, name) != value for name, value in mine.items())
    again = {"permissions": "1"} if kind == "group" else {}  # the test's reader of forms knows no multiple choice
    assert second.save(**again)
    for name, value in {**theirs, **mine}.items():
        assert value_of(row, name) == value, name


@pytest.mark.parametrize("kind", CASES)
def test_a_save_that_nothing_came_before_goes_through(signed_in: Client, alice: User, kind: str) -> None:
    row = row_of(kind, alice)
    for changes in CASES[kind][:2]:
        again = {"permissions": "1"} if kind == "group" else {}
        assert Form(signed_in, row).save(**{**again, **changes})


def test_where_both_changed_the_same_the_second_one_chooses(signed_in: Client) -> None:
    provider = provider_at(ADDRESS)
    first, second = Form(signed_in, provider), Form(signed_in, provider)
    assert first.save(name="Theirs")
    assert not second.save(name="Mine")
    assert "“Name” became “Theirs”." in second.page
    assert second.entries["name"] == "Mine"
    assert first.save(name="Theirs", priority="3") is False  # its page is from before its own save
    Provider.objects.filter(pk=provider.pk).update(priority=4)
    assert not second.save()
    assert second.save()
    provider.refresh_from_db()
    assert (provider.name, provider.priority) == ("Mine", 4)


def test_a_key_on_the_page_of_its_provider(signed_in: Client) -> None:
    provider = provider_at(ADDRESS, KEY)
    key = provider.keys.get()
    of_provider = Form(signed_in, provider)
    assert Form(signed_in, key).save(label="spare")
    assert not of_provider.save(name="Renamed")
    assert "“Label” became “spare” (taken over below)" in of_provider.page
    assert of_provider.save()
    assert ApiKey.objects.get().label == "spare"
    assert Provider.objects.get(pk=provider.pk).name == "Renamed"


def test_a_key_that_both_replace_is_not_replaced_unknowingly(signed_in: Client) -> None:
    provider = provider_at(ADDRESS, KEY)
    key = provider.keys.get()
    theirs, mine = "sk-theirs-0123456789abcdef", "sk-mine-0123456789abcdef"
    first, second, of_provider = Form(signed_in, key), Form(signed_in, key), Form(signed_in, provider)
    assert first.save(secret=theirs)
    assert not second.save(secret=mine)
    assert not of_provider.save(**{"keys-0-secret": mine})
    for page in (second.page, of_provider.page):
        assert "the key itself was replaced" in page
        assert theirs not in page and mine not in page
    assert ApiKey.objects.get().secret == theirs
    assert second.save(secret=mine)
    assert ApiKey.objects.get().secret == mine


def test_what_the_site_writes_itself_stops_no_save(signed_in: Client) -> None:
    key = provider_at(ADDRESS, KEY).keys.get()
    form = Form(signed_in, key)
    ApiKey.objects.update(trouble="rate_limit", cooling_until="2030-01-01T00:00Z")
    assert form.save(label="spare")


@pytest.mark.parametrize("opened", [None, "", "{}", "[]", "not json", '{"name": 1}'])
def test_a_form_that_does_not_say_what_it_was_opened_with_is_refused(signed_in: Client, opened: str | None) -> None:
    provider = provider_at(ADDRESS)
    assert not Form(signed_in, provider).save(name="Mine", opened=opened)
    assert Provider.objects.get(pk=provider.pk).name == "House"


def test_no_value_is_in_what_the_form_was_opened_with(signed_in: Client) -> None:
    provider = provider_at(ADDRESS, headers={"X-Gateway": "hush-hush"})
    assert "hush" not in Form(signed_in, provider).entries["opened"]


@pytest.mark.every_database
@pytest.mark.django_db(transaction=True)
def test_of_two_saves_at_the_same_moment_one_is_refused(admin: User) -> None:
    provider = provider_at(ADDRESS)
    clients = [Client(), Client()]
    for client in clients:
        client.force_login(admin)
    opened = [Form(client, provider) for client in clients]
    together = threading.Barrier(2)
    saved: list[bool] = []

    def save(form: Form, priority: str) -> None:
        together.wait(10)
        try:
            saved.append(form.save(priority=priority))
        finally:
            connections.close_all()

    threads = [threading.Thread(target=save, args=(form, str(20 + place))) for place, form in enumerate(opened)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert sorted(saved) == [False, True]
