"""What users may choose for a prompt is set in its form, and is no part of its versions."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from conversations.models import Model, Provider, SystemPrompt, User
from conversations.routing import catalog
from tests.support.admin_pages import prompt_url, provider_at, submit

pytestmark = pytest.mark.django_db


@pytest.fixture
def prompt() -> SystemPrompt:
    for name, hidden in (("big", False), ("secret", True)):
        Model.objects.create(provider=provider_at("https://house.example/v1", name=name), name=name, hidden=hidden)
    catalog.forget()
    return SystemPrompt.objects.get(slug="assistant")


def save(client: Client, admin: User, prompt: SystemPrompt, **entries: Any) -> str:
    client.force_login(admin)
    page = submit(client, prompt_url(prompt), "systemprompt_form", **entries)
    prompt.refresh_from_db()
    return page.content.decode()


def test_it_is_off_and_saving_it_makes_no_version(client: Client, admin: User, prompt: SystemPrompt) -> None:
    assert (prompt.model_choice, prompt.listed_models, prompt.effort_choice) == ("", "", False)
    page = save(client, admin, prompt, model_choice="listed", listed_models=" big\r\n\r\nbig \r\nsecret\r\n", effort_choice="on")
    assert (prompt.model_choice, prompt.listed_models, prompt.effort_choice) == ("listed", "big\nsecret", True)
    assert prompt.versions.count() == 1
    assert "No provider offers secret, or it is hidden" in page


@pytest.mark.parametrize(
    ("names", "problem"),
    [
        (" \n ", "List at least one model"),
        ("x" * 201, "is too long for a model’s name"),
        ("\n".join(f"model-{number}" for number in range(51)), "At most 50 models can be listed; these are 51."),
    ],
)
def test_a_list_that_makes_no_sense_is_refused(client: Client, admin: User, prompt: SystemPrompt, names: str, problem: str) -> None:
    assert problem in save(client, admin, prompt, model_choice="listed", listed_models=names)
    assert prompt.model_choice == ""


def test_an_assistant_is_let_draw_and_it_is_said_where_its_model_cannot(client: Client, admin: User, prompt: SystemPrompt) -> None:
    assert not prompt.draws
    save(client, admin, prompt, draws="on", model="big")
    assert prompt.draws
    page = client.get(prompt_url(prompt)).content.decode()
    assert "The model big can’t: without effect." in page
    Model.objects.filter(name="big").update(draws_in_answers=True)
    catalog.forget()
    assert "can’t: without effect" in client.get(prompt_url(prompt)).content.decode(), "Its provider speaks Chat Completions."
    Provider.objects.filter(models__name="big").update(api="responses")
    catalog.forget()
    assert "can’t: without effect" not in client.get(prompt_url(prompt)).content.decode()
