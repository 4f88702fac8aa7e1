"""Whom the first page names is who is asked: `prospects` agrees with `routes`, whatever stands in a provider's way."""

from __future__ import annotations

from datetime import timedelta
from itertools import product

import pytest
from django.utils import timezone

from conversations.models import ApiKey, Model, Origin, Provider
from conversations.providers.errors import ProviderError
from conversations.routing import catalog, circuits, keys, prospects, routes
from tests.support.admin_pages import KEY, provider_at
from tests.support.circuits import open_now

pytestmark = pytest.mark.django_db
OBSTACLES = (None, "no model", "other models", "model disabled", "refused", "cooling", "circuit", "key disabled", "no key", "disabled")


def make(name: str, priority: int, obstacle: str | None) -> None:
    secrets = () if obstacle == "no key" else (KEY, KEY)
    provider = provider_at("http://127.0.0.1:1/v1", *secrets, name=name, priority=priority, enabled=obstacle != "disabled")
    if obstacle != "no model":
        Model.objects.create(provider=provider, name="other" if obstacle == "other models" else "big", enabled=obstacle != "model disabled")
    rows = ApiKey.objects.filter(provider=provider)
    match obstacle:
        case "refused":
            rows.update(refused=timezone.now())
        case "cooling":
            rows.update(cooling_until=timezone.now() + timedelta(minutes=5))
        case "key disabled":
            rows.update(enabled=False)
        case "circuit":
            open_now((str(provider.pk), "big"))


@pytest.mark.parametrize("model", ["big", ""])
def test_the_first_without_an_obstacle_is_the_one_that_is_chosen(model: str) -> None:
    for first, second in product(OBSTACLES, OBSTACLES):
        Provider.objects.all().delete()
        for memory in (catalog.reader, circuits._circuits, keys._cool_downs):
            memory.clear()
        make("First", 1, first)
        make("Second", 2, second)
        found = [one for one in prospects.of_next_question(model) if one.obstacle is None]
        try:
            route = routes.choose(model, routes.Tried())
        except ProviderError:
            assert found == [], (first, second)
        else:
            assert found, (first, second)
            assert (found[0].source.name, found[0].model) == (route.source.name, route.offer.upstream), (first, second)


@pytest.mark.parametrize("model", ["big", ""])
def test_the_built_in_model_answers_until_another_provider_has_one(model: str) -> None:
    for obstacles in (["no model"], ["model disabled"], ["no model", "disabled"]):
        Provider.objects.all().delete()
        catalog.reader.clear()
        for number, obstacle in enumerate(obstacles):
            make(f"House {number}", number, obstacle)
        route = routes.choose(model, routes.Tried())
        assert route.source.origin == Origin.BUILT_IN, obstacles
        assert [one.source.origin for one in prospects.of_next_question(model) if one.obstacle is None] == [Origin.BUILT_IN]
        assert catalog.read().is_built_in
    make("Full", 9, None)
    catalog.forget()
    assert routes.choose(model, routes.Tried()).source.name == "Full"
    assert not catalog.read().is_built_in


@pytest.mark.parametrize("obstacle", ["refused", "circuit", "no key"])
def test_the_built_in_model_does_not_stand_in_for_a_provider_in_trouble(obstacle: str) -> None:
    make("House", 1, obstacle)
    catalog.forget()
    assert not catalog.read().is_built_in
