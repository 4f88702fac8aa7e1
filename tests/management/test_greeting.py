"""What a start says of who answers is what happens."""

from __future__ import annotations

import pytest

from conversations.management.commands.serve import Command
from conversations.models import Model, Provider
from conversations.routing import catalog

pytestmark = pytest.mark.django_db


def answers() -> str:
    catalog.forget()
    return Command().greeting("http://127.0.0.1:8000").splitlines()[1]


def test_only_providers_that_have_a_model_are_named(settings) -> None:
    settings.OPENAI_API_KEY = settings.OPENAI_BASE_URL = ""
    Provider.objects.create(name="Empty", base_url="http://empty.example/v1", priority=1)
    house = Provider.objects.create(name="House", base_url="http://house.example/v1", priority=2)
    model = Model.objects.create(provider=house, name="big")
    assert answers() == "Answers come from House."
    model.delete()
    assert "Empty" not in answers()
