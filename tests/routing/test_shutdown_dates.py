"""The day a model is shut down is read from its provider's list every day, corrected by hand, and known under the model's name."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta

import pytest
from django.utils import timezone

from conversations.models import Model, Provider
from conversations.providers.offer import Offer
from conversations.routing import catalog, shutdowns
from tests.support.admin_pages import KEY, provider_at
from tests.support.scripted_openai import ScriptedOpenAI

pytestmark = pytest.mark.django_db(transaction=True)
SOON, LATER = (timezone.localdate() + timedelta(days=days) for days in (20, 200))


@pytest.fixture
def server() -> Iterator[ScriptedOpenAI]:
    with ScriptedOpenAI.in_thread(api_key=KEY) as server:
        yield server


def known(model: str) -> date | None:
    catalog.forget()
    return shutdowns.of(model)


@pytest.mark.parametrize(
    ("fields", "day"),
    [
        ({"shutdown_date": "2026-12-31"}, date(2026, 12, 31)),
        ({"expiration_date": "2026-12-31"}, date(2026, 12, 31)),
        ({"shutdown_date": None, "expiration_date": "2026-12-31T00:00:00Z"}, date(2026, 12, 31)),
        ({"shutdown_date": None}, None),
        ({"shutdown_date": "soon"}, None),
        ({"shutdown_date": 1_798_675_200}, None),
        ({"shutdown_date": ["2026-12-31"]}, None),
        ({}, None),
    ],
)
def test_what_lists_say(fields: dict[str, object], day: date | None) -> None:
    assert Offer("one", fields).shutdown_date == day


def test_the_list_is_read_and_what_it_no_longer_says_is_forgotten(server: ScriptedOpenAI) -> None:
    provider = provider_at(server.base_url, KEY)
    Model.objects.create(provider=provider, name="old", name_there="old-1")
    Model.objects.create(provider=provider, name="new")
    server.models = [{"id": "old-1", "shutdown_date": str(SOON)}, {"id": "new", "shutdown_date": None}]
    assert shutdowns.read_shutdown_dates.function() == "Read the lists of House."
    assert (known("old"), known("new")) == (SOON, None)
    server.models = ["new"]  # it is gone: the day is what tells why
    shutdowns.read_shutdown_dates.function()
    assert known("old") == SOON
    server.models = [{"id": "old-1", "shutdown_date": None}, "new"]
    shutdowns.read_shutdown_dates.function()
    assert known("old") is None


def test_a_list_that_does_not_come_changes_nothing(server: ScriptedOpenAI) -> None:
    provider = provider_at(server.base_url, "sk-wrong-0123456789abcdef", told_shutdown_dates={"old": str(SOON)})
    Model.objects.create(provider=provider, name="old")
    assert shutdowns.read_shutdown_dates.function() == "No list came from House."
    assert known("old") == SOON


def test_what_was_entered_by_hand_counts_before_the_list() -> None:
    provider = Provider.objects.create(name="House", base_url="http://house.example/v1", told_shutdown_dates={"old": str(SOON)})
    model = Model.objects.create(provider=provider, name="old", shutdown_date=LATER)
    assert known("old") == LATER
    Model.objects.filter(pk=model.pk).update(shutdown_date=None)
    assert known("old") == SOON


def test_a_model_leaves_when_its_last_provider_drops_it() -> None:
    first = Provider.objects.create(name="First", base_url="http://first.example/v1", told_shutdown_dates={"shared": str(SOON)})
    second = Provider.objects.create(name="Second", base_url="http://second.example/v1", default_model="other")
    Model.objects.create(provider=first, name="shared")
    assert known("shared") == SOON
    Model.objects.create(provider=second, name="shared")
    assert known("shared") is None
    Provider.objects.filter(pk=second.pk).update(told_shutdown_dates={"shared": str(LATER)})
    assert known("shared") == LATER


@pytest.mark.usefixtures("openai")
def test_a_server_that_is_asked_for_any_model_keeps_none_that_another_one_drops() -> None:
    first = Provider.objects.create(name="First", base_url="http://first.example/v1", told_shutdown_dates={"only-there": str(SOON)})
    Model.objects.create(provider=first, name="only-there")
    assert known("only-there") == SOON
    assert known("anything") is None
