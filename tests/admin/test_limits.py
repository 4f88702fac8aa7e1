"""Limits and grants in the admin: validated, shown with what is used of them, and in force at once."""

from decimal import Decimal

import pytest
from django.contrib.auth.models import Group, Permission
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from conversations.models import Grant, Limit, Purpose, User
from conversations.usage.budgets import months, reservations, sweeping
from conversations.usage.limits import in_force
from tests.support import ledger
from tests.support.admin_pages import staff
from tests.support.html_forms import entries
from tests.support.limits import DOLLAR, limit, reserve, taken

pytestmark = pytest.mark.django_db
ADD_LIMIT, LIMITS = "admin:conversations_limit_add", "admin:conversations_limit_changelist"


def add(client: Client, name: str, **fields: object) -> str:
    url = reverse(name)
    given = {
        **entries(client.get(url).content.decode(), f"{name.split('_')[1]}_form"),
        **{key: str(value) for key, value in fields.items()},
    }
    response = client.post(url, given, follow=True)
    return response.content.decode()


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({}, "Enter at least one amount."),
        ({"monthly_cost": "0"}, "greater than or equal to 0.01"),
        ({"monthly_tokens": "-5"}, "greater than or equal to"),
        ({"concurrent_replies": "0"}, "greater than or equal to 1"),
        ({"group": "GROUP", "person": "ALICE", "monthly_cost": "1"}, "for a group or for a user"),
        ({"counting": "trials", "group": "GROUP", "monthly_cost": "1"}, "Trials of prompts have one budget"),
        ({"counting": "trials", "person": "ALICE", "monthly_cost": "1"}, "Trials of prompts have one budget"),
        ({"counting": "trials", "messages_per_minute": "1"}, "Of trials only what they take in a month can be limited."),
        ({"storage_mb": "5", "counting": "together"}, "Storage is each user’s own"),
        ({"storage_mb": "0"}, "greater than or equal to 1"),
        pytest.param({"monthly_cost": "7"}, "There is such a limit already", marks=pytest.mark.every_database),
        pytest.param(
            {"person": "ALICE", "counting": "together", "monthly_cost": "7"},
            "There is such a limit already",
            marks=pytest.mark.every_database,
        ),
    ],
)
def test_what_makes_no_sense_is_refused_with_a_sentence(signed_in: Client, alice: User, fields: dict, sentence: str) -> None:
    limit(monthly_cost=1)
    limit(person=alice, monthly_cost=1)
    group = Group.objects.create(name="Pupils")
    named = {name: {"GROUP": group.pk, "ALICE": alice.pk}.get(value, value) for name, value in fields.items()}
    page = add(signed_in, ADD_LIMIT, **named)
    assert sentence in page
    assert "Constraint" not in page
    assert Limit.objects.count() == 2


@pytest.mark.every_database
def test_a_limit_counts_at_once_and_so_does_its_end(signed_in: Client, alice: User, django_capture_on_commit_callbacks) -> None:
    assert in_force.applying(alice.pk) == []
    with django_capture_on_commit_callbacks(execute=True):
        add(signed_in, ADD_LIMIT, monthly_cost="0.05")
    assert in_force.applying(alice.pk)[0].cost == DOLLAR // 20
    made = Limit.objects.get()
    with django_capture_on_commit_callbacks(execute=True):
        signed_in.post(reverse("admin:conversations_limit_delete", args=[made.pk]), {"post": "yes"})
    assert in_force.applying(alice.pk) == []


@pytest.mark.every_database
def test_the_list_says_who_what_and_how_much_is_used(signed_in: Client, alice: User) -> None:
    limit(counting="together", monthly_cost=10, messages_per_minute=60)
    limit(monthly_tokens=2_000, concurrent_replies=3)
    limit(person=alice, monthly_cost=5)
    reserve(alice)
    reservations.add(alice.pk, taken(4_100_000_000, 500))
    page = " ".join(signed_in.get(reverse(LIMITS)).content.decode().split())
    assert "$4.10 of $10.00" in page and "41 %" in page and '<rect width="41%"' in page
    assert "500 tokens of 2,000 tokens (most: alice)" in page and "25 %" in page
    assert "$4.10 of $5.00" in page and "82 %" in page
    for words in ("shared", "each", "Everyone"):
        assert words in page


def test_a_person_s_page_shows_their_standing_and_offers_to_grant_more(signed_in: Client, alice: User) -> None:
    url = reverse("admin:conversations_user_change", args=[alice.pk])
    assert "no budget" in signed_in.get(url).content.decode()
    limit(monthly_cost=1)
    sweeping.sweep()
    page = signed_in.get(url).content.decode()
    assert "Your cost" not in page
    assert "Cost: $0.00 of $1.00" in page
    assert f"{reverse('admin:conversations_grant_add')}?person={alice.pk}" in page


@pytest.mark.every_database
def test_a_grant_says_who_gave_it_and_counts_this_month(signed_in: Client, admin: User, alice: User) -> None:
    limit(monthly_cost=1)
    form = signed_in.get(reverse("admin:conversations_grant_add"), {"person": str(alice.pk)}).content.decode()
    assert f'value="{alice.pk}" selected' in form
    add(signed_in, "admin:conversations_grant_add", person=alice.pk, cost="2.50", note="Thesis")
    grant = Grant.objects.get()
    assert (grant.granted_by, grant.cost, grant.month) == (admin, Decimal("2.50"), months.current())
    page = signed_in.get(reverse("admin:conversations_grant_changelist")).content.decode()
    assert "$2.50" in page and "Thesis" in page
    assert "Cost: $0.00 of $3.50" in signed_in.get(reverse("admin:conversations_user_change", args=[alice.pk])).content.decode()
    assert "Grant dollars, tokens, or both." in add(signed_in, "admin:conversations_grant_add", person=alice.pk)


@pytest.mark.every_database
def test_a_user_is_chosen_by_name_or_address(signed_in: Client, alice: User, bob: User) -> None:
    field = {"app_label": "conversations", "model_name": "limit", "field_name": "person"}
    for term in ("alic", "alice@example"):
        found = signed_in.get(reverse("admin:autocomplete"), {**field, "term": term}).json()["results"]
        assert found == [{"id": str(alice.pk), "text": "alice (alice@example.org)"}]
    for name in ("limit", "grant"):
        page = signed_in.get(reverse(f"admin:conversations_{name}_add"), {"person": str(alice.pk)}).content.decode()
        assert f'<option value="{alice.pk}" selected>alice</option>' in page
        assert "vForeignKeyRawIdAdminField" not in page
    assert "vForeignKeyRawIdAdminField" not in signed_in.get(reverse("admin:account_emailaddress_add")).content.decode()


def test_a_user_s_page_leads_to_their_limit(signed_in: Client, client: Client, alice: User, bob: User) -> None:
    page = reverse("admin:conversations_user_change", args=[alice.pk])
    assert f'href="{reverse(ADD_LIMIT)}?person={alice.pk}">Limit</a>' in signed_in.get(page).content.decode()
    made = limit(person=alice, monthly_cost=1)
    there = reverse("admin:conversations_limit_change", args=[made.pk])
    assert f'href="{there}">Limit</a>' in signed_in.get(page).content.decode()
    assert signed_in.get(reverse("admin:conversations_user_change", args=["none"])).status_code == 302
    client.force_login(staff(bob, "view_user", "add_limit"))
    assert ">Limit</a>" not in client.get(page).content.decode()
    made.delete()
    assert ">Limit</a>" in client.get(page).content.decode()


def test_granting_needs_its_permission(client: Client, bob: User, alice: User) -> None:
    bob.is_staff = True
    bob.save()
    bob.user_permissions.set(Permission.objects.filter(content_type__app_label="conversations", content_type__model="user"))
    client.force_login(bob)
    url = reverse("admin:conversations_grant_add")
    assert client.get(url).status_code == 403
    assert "Grant more" not in client.get(reverse("admin:conversations_user_change", args=[alice.pk])).content.decode()
    bob.user_permissions.add(*Permission.objects.filter(codename__in=["add_grant", "view_grant"]))
    assert "Grant more" in client.get(reverse("admin:conversations_user_change", args=[alice.pk])).content.decode()
    add(client, "admin:conversations_grant_add", person=alice.pk, tokens="500")
    assert Grant.objects.get().granted_by == bob


def test_limits_and_grants_name_users_so_they_are_for_who_may_see_users(client: Client, bob: User, alice: User) -> None:
    made = {"limit": limit(person=alice, monthly_cost=1), "grant": Grant.objects.create(person=alice, month=months.current(), cost=1)}
    of_both = [f"{action}_{name}" for name in made for action in ("view", "add", "change", "delete")]
    pages = [
        *(reverse(f"admin:conversations_{name}_{page}") for name in made for page in ("changelist", "add")),
        *(reverse(f"admin:conversations_{name}_{page}", args=[row.pk]) for name, row in made.items() for page in ("change", "delete")),
    ]
    client.force_login(staff(bob, *of_both))
    assert {page: client.get(page).status_code for page in pages} == dict.fromkeys(pages, 403)
    assert "Limits" not in client.get("/admin/").content.decode()
    client.force_login(staff(bob, "view_user", *of_both))
    assert {page: client.get(page).status_code for page in pages} == dict.fromkeys(pages, 200)


@pytest.mark.every_database
def test_the_list_counts_what_was_granted(signed_in: Client, alice: User, bob: User) -> None:
    limit(monthly_tokens=1_000)
    limit(person=alice, monthly_tokens=30_000)
    for user, tokens in ((alice, 38_790), (bob, 900)):
        reserve(user)
        reservations.add(user.pk, taken(0, tokens))
    Grant.objects.create(person=alice, month=months.current(), tokens=50_000)
    page = " ".join(signed_in.get(reverse(LIMITS)).content.decode().split())
    assert "38,790 tokens of 80,000 tokens (50,000 tokens of it granted)" in page and "48 %" in page
    assert "900 tokens of 1,000 tokens (most: bob)" in page and "90 %" in page
    reservations.add(alice.pk, taken(0, 10_000))
    page = " ".join(signed_in.get(reverse(LIMITS)).content.decode().split())
    assert "48,790 tokens of 51,000 tokens (most: alice, 50,000 tokens of it granted)" in page


def test_who_grants_comes_back_to_the_user(signed_in: Client, alice: User) -> None:
    form = reverse("admin:conversations_grant_add")
    given = entries(signed_in.get(form, {"person": str(alice.pk)}).content.decode(), "grant_form")
    response = signed_in.post(form, {**given, "person": str(alice.pk), "tokens": "500"})
    assert response["Location"] == reverse("admin:conversations_user_change", args=[alice.pk])


def test_the_budget_of_trials_is_no_user_s_and_is_shown_with_what_is_used_of_it(signed_in: Client, alice: User) -> None:
    add(signed_in, ADD_LIMIT, counting="trials", monthly_tokens="500")
    ledger.attempt(timezone.now(), purpose=Purpose.TRIAL, owner=alice, input_tokens=100, output_tokens=23)
    ledger.attempt(timezone.now(), owner=alice, input_tokens=7)
    page = signed_in.get(reverse(LIMITS)).content.decode()
    assert "Trials of prompts" in page
    assert "123 tokens of 500 tokens" in page
    in_force.forget()
    assert in_force.applying(alice.pk) == []
