"""Of a user's addresses, the primary one gets links for new passwords: none that is not confirmed takes a confirmed one's place."""

from __future__ import annotations

import pytest
from allauth.account.models import EmailAddress
from django.test import Client
from django.urls import reverse

from conversations.models import User
from tests.support.admin_pages import submit

pytestmark = pytest.mark.django_db
FORM_ID = "emailaddress_form"
REFUSAL = "Confirm this one before you make it primary."


def primary(user: User) -> list[str]:
    return [*EmailAddress.objects.filter(user=user, primary=True).values_list("email", flat=True)]


@pytest.mark.parametrize("other_is_confirmed", [True, False])
@pytest.mark.parametrize("is_confirmed", [True, False])
def test_an_address_is_made_primary_if_it_is_confirmed_or_none_is(
    signed_in: Client, alice: User, other_is_confirmed: bool, is_confirmed: bool
) -> None:
    EmailAddress.objects.create(user=alice, email="old@example.org", verified=other_is_confirmed)
    new = EmailAddress.objects.create(user=alice, email="new@example.org", verified=is_confirmed)
    page = reverse("admin:account_emailaddress_change", args=[new.pk])
    said = submit(signed_in, page, FORM_ID, primary="on").content.decode()
    refused = other_is_confirmed and not is_confirmed
    assert (REFUSAL in said) == refused
    assert primary(alice) == ([] if refused else [new.email])


def test_what_is_primary_already_can_be_corrected(signed_in: Client, alice: User) -> None:
    EmailAddress.objects.create(user=alice, email="confirmed@example.org", verified=True)
    old = EmailAddress.objects.create(user=alice, email="alise@example.org", primary=True)
    page = reverse("admin:account_emailaddress_change", args=[old.pk])
    submit(signed_in, page, FORM_ID, email="alice@example.org")
    assert primary(alice) == ["alice@example.org"]
