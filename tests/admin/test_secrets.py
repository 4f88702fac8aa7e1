"""A member of staff who may view or change a little must not get at secrets in a roundabout way."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from conversations.models import ApiKey, User
from tests.support.admin_pages import KEY, provider_at, staff, submit, url
from tests.support.html_forms import entries

pytestmark = pytest.mark.django_db


def test_leaving_the_keys_out_of_the_form_does_not_let_an_address_move(client: Client, alice: User) -> None:
    """A submitted form without the keys must not have the stored ones sent to another server."""
    provider = provider_at("http://127.0.0.1:1/v1", KEY)
    rights = ("view_provider", "change_provider", "view_apikey", "change_apikey")
    client.force_login(staff(alice, *rights))
    page = url("provider_change", provider.pk)
    filled: dict[str, Any] = {
        name: value for name, value in entries(client.get(page).content.decode(), "provider_form").items() if not name.startswith("keys-0-")
    }
    filled |= {"keys-TOTAL_FORMS": "0", "keys-INITIAL_FORMS": "0", "base_url": "http://attacker.example/v1"}
    client.post(page, filled, follow=True)
    provider.refresh_from_db()
    assert provider.base_url == "http://127.0.0.1:1/v1"


def test_naming_a_key_of_another_provider_does_not_move_an_address(client: Client, alice: User) -> None:
    provider = provider_at("http://127.0.0.1:1/v1", KEY)
    client.force_login(staff(alice, "view_provider", "change_provider", "view_apikey", "change_apikey"))
    submit(client, url("provider_change", provider.pk), "provider_form", base_url="http://attacker.example/v1")
    provider.refresh_from_db()
    assert provider.base_url == "http://127.0.0.1:1/v1"


@pytest.mark.parametrize("lookup", ["headers__X-Gateway__startswith", "headers__icontains"])
def test_who_may_only_look_cannot_guess_the_values_of_headers(client: Client, alice: User, lookup: str) -> None:
    provider_at("http://127.0.0.1:1/v1", KEY, headers={"X-Gateway": "gw-secret"})
    client.force_login(staff(alice, "view_provider"))
    page = url("provider_changelist")

    def found(value: str) -> bool:
        response = client.get(page, {lookup: value})
        return response.status_code == 200 and b"House" in response.content

    assert found("gw-s") == found("gw-x"), "The list tells which letters a hidden value begins with."


def test_a_query_string_does_not_probe_sealed_keys(client: Client, alice: User) -> None:
    provider = provider_at("http://127.0.0.1:1/v1", KEY)
    key = ApiKey.objects.get(provider=provider)
    client.force_login(staff(alice, "view_apikey"))
    page = url("apikey_changelist")

    def found(value: str) -> bool:
        response = client.get(page, {"sealed__startswith": value})
        return response.status_code == 200 and b"main" in response.content

    assert found(key.sealed[:20]) == found("x" + key.sealed[:19])


def test_deleting_a_key_takes_a_right_to_keys(client: Client, alice: User) -> None:
    """The address with another host, keys marked as deleted by a user who may not delete: they stay, and so does the address."""
    provider = provider_at("http://127.0.0.1:1/v1", KEY)
    client.force_login(staff(alice, "view_provider", "change_provider", "view_apikey", "change_apikey"))
    submit(
        client, url("provider_change", provider.pk), "provider_form", **{"base_url": "http://attacker.example/v1", "keys-0-DELETE": "on"}
    )
    provider.refresh_from_db()
    assert provider.base_url == "http://127.0.0.1:1/v1" or not provider.keys.exists()
