"""API tokens in the admin: made for services and users, shown once, changed, revoked; no user gets a token with more rights than their own."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Permission
from django.test import Client
from django.utils import timezone

from conversations.models import ApiToken, SystemPrompt, User
from tests.support import ledger
from tests.support.admin_pages import submit, url
from tests.support.api import token_of
from tests.support.limits import DOLLAR

pytestmark = pytest.mark.django_db
ADD = {"name": "Shop", "scopes": ["chat"]}


def add(client: Client, **fields: Any) -> Any:
    return submit(client, url("apitoken_add"), "apitoken_form", **{**ADD, **fields})


def secret_in(response: Any) -> str:
    return re.search(r'value="(sk-chat-[\w-]+)"', response.content.decode())[1]


@pytest.fixture
def staff(client: Client, bob: User) -> Client:
    """Of bob, who administers tokens and users, and is no superuser."""
    bob.is_staff = True
    bob.save()
    rights = ("view_user", "view_apitoken", "add_apitoken", "change_apitoken")
    bob.user_permissions.set(Permission.objects.filter(codename__in=rights))
    client.force_login(bob)
    return client


def test_one_for_a_service_is_shown_once(signed_in: Client, admin: User) -> None:
    made = add(signed_in, service="shop", monthly_cost="5", requests_per_minute="60")
    secret = secret_in(made)
    token = ApiToken.objects.select_related("user").get()
    assert (token.user.username, token.user.is_service, token.user.has_usable_password(), token.user.is_staff) == (
        "shop",
        True,
        False,
        False,
    )
    assert (token.made_by, token.monthly_cost, token.requests_per_minute) == (admin, Decimal(5), 60)
    assert Client().get("/v1/models", headers={"Authorization": f"Bearer {secret}"}).status_code == 200
    for page in (url("apitoken_changelist"), url("apitoken_change", token.pk)):
        shown = signed_in.get(page).content.decode()
        assert token.prefix in shown and secret not in shown and token.digest not in shown
    assert not any(secret in entry.change_message for entry in LogEntry.objects.all())


def test_a_second_one_for_the_same_service(signed_in: Client) -> None:
    add(signed_in, service="shop")
    service = User.objects.get(username="shop")
    assert secret_in(add(signed_in, user=str(service.pk)))
    assert service.api_tokens.count() == 2
    for wrong in ({"service": "Shop"}, {}, {"service": "other", "user": str(service.pk)}, {"service": "a b"}):
        assert "sk-chat-" not in add(signed_in, **wrong).content.decode()
    assert ApiToken.objects.count() == 2 and User.objects.filter(is_service=True).count() == 1


def test_what_it_used_is_told(signed_in: Client, alice: User) -> None:
    _, token = token_of(alice, monthly_cost=4)
    ledger.attempt(timezone.now(), owner=alice, token=token, input_tokens=1000, output_tokens=500, cost=DOLLAR)
    ledger.attempt(timezone.now(), owner=alice, input_tokens=7000, output_tokens=0, cost=DOLLAR)
    page = signed_in.get(url("apitoken_changelist")).content.decode()
    assert "$1.00 of $4.00" in page and "1,500" in page
    attempts = signed_in.get(f"{url('attempt_changelist')}?token__id__exact={token.pk}")
    assert attempts.context["cl"].result_count == 1 and "over the API" in attempts.content.decode()
    report = signed_in.get("/admin/reports/").content.decode()
    assert "Programs, by API token" in report and f"A test ({alice})" in report
    assert signed_in.get(f"{url('attempt_changelist')}?asked_by=user").context["cl"].result_count == 1


def test_its_limits_and_assistants_are_changed_and_count_at_once(
    signed_in: Client, alice: User, django_capture_on_commit_callbacks: Any
) -> None:
    secret, token = token_of(alice, "chat")
    client = Client(headers={"Authorization": f"Bearer {secret}"})
    default = SystemPrompt.objects.get(is_default=True)
    other = SystemPrompt.objects.create(slug="other", name="Other")
    other.publish(text="Be other.")
    assert len(client.get("/v1/models").json()["data"]) == 2
    with django_capture_on_commit_callbacks(execute=True):
        page = submit(
            signed_in,
            url("apitoken_change", token.pk),
            "apitoken_form",
            is_limited_to_prompts="on",
            prompts=[str(default.pk)],
            monthly_tokens="9",
        )
    assert page.redirect_chain, page.context["errors"]
    token.refresh_from_db()
    assert (token.monthly_tokens, token.scopes) == (9, ["chat"])
    assert [one["id"] for one in client.get("/v1/models").json()["data"]] == [default.slug]


def test_one_that_is_revoked_opens_nothing(signed_in: Client, alice: User, django_capture_on_commit_callbacks: Any) -> None:
    secret, token = token_of(alice)
    client = Client(headers={"Authorization": f"Bearer {secret}"})
    assert client.get("/v1/models").status_code == 200
    assert signed_in.get(url("apitoken_revoke", token.pk)).status_code == 405
    with django_capture_on_commit_callbacks(execute=True):
        signed_in.post(url("apitoken_revoke", token.pk))
    assert client.get("/v1/models").status_code == 401
    assert "revoked" in signed_in.get(url("apitoken_changelist")).content.decode()
    assert signed_in.post(url("apitoken_delete", token.pk), {"post": "yes"}).status_code == 403
    assert ApiToken.objects.exists()


def test_staff_make_none_of_a_user_who_may_more(staff: Client, alice: User, admin: User, bob: User) -> None:
    """With a token of another user they would read that user's conversations, or do what they may not."""
    staff_service = User.objects.create(username="publisher", is_service=True, is_staff=True)
    for user in (alice, admin, staff_service):
        assert "sk-chat-" not in add(staff, user=str(user.pk)).content.decode()
    assert "sk-chat-" not in add(staff, service="shop", scopes=["chat", "raw_models"]).content.decode()
    assert not ApiToken.objects.exists()
    assert secret_in(add(staff, service="shop")) and secret_in(add(staff, user=str(bob.pk)))


def test_staff_revoke_every_one_but_change_only_those_within_their_reach(staff: Client, alice: User) -> None:
    _, token = token_of(alice, "chat")
    staff.post(url("apitoken_change", token.pk), {"name": "Mine", "scopes": ["write_prompts"], "_save": "Save"})
    token.refresh_from_db()
    assert (token.name, token.scopes) == ("A test", ["chat"])
    staff.post(url("apitoken_revoke", token.pk))
    token.refresh_from_db()
    assert token.revoked is not None


def test_others_of_the_staff_see_none(client: Client, bob: User, alice: User) -> None:
    bob.is_staff = True
    bob.save()
    bob.user_permissions.set(Permission.objects.filter(codename__in=["view_user", "view_attempt"]))
    client.force_login(bob)
    _, token = token_of(alice)
    attempt = ledger.attempt(timezone.now(), owner=alice, token=token)
    for page in (url("apitoken_changelist"), url("apitoken_change", token.pk), url("apitoken_add")):
        assert client.get(page).status_code == 403
    assert client.post(url("apitoken_revoke", token.pk)).status_code == 403
    for page in (url("attempt_change", attempt.pk), "/admin/reports/"):
        shown = client.get(page)
        assert shown.status_code == 200 and "A test" not in shown.content.decode()
