"""In Chromium from the admin's first page to the successor of a model that is shut down, compared with it by the prompt's cases."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import BrowserContext, expect

from conversations.evaluation.checks.check import Check
from conversations.jobs.worker import Worker
from conversations.models import Model, SystemPrompt, User
from conversations.routing import catalog
from tests.support.admin_pages import KEY, provider_at
from tests.support.cases import case
from tests.support.scripted_openai import Answer, Finish, Request, ScriptedOpenAI, Text

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def test_the_successor_is_drafted_and_compared(
    contexts: Callable[[], BrowserContext], prompt: SystemPrompt, admin: User, provider: ScriptedOpenAI, worker: Worker
) -> None:
    house = provider_at(provider.base_url, KEY)
    Model.objects.create(
        provider=house, name="house-1", shutdown_date=timezone.localdate() + timedelta(days=14), input_price=1, output_price=2
    )
    Model.objects.create(provider=house, name="house-2", takes_temperature=False, input_price=1, output_price=2)
    prompt.publish(text="Be kind.", model="house-1", parameters={"temperature": 0.3})
    case(prompt, "How do tides work?", Check("contains", "moon"))
    catalog.forget()

    def answer(request: Request) -> Answer:
        return Answer(steps=(Text("The moon." if request.body["model"] == "house-2" else "The wind."), Finish()))

    provider.answer_with = answer
    page = contexts().new_page()
    page.goto("/admin/")
    page.get_by_role("link", name="Choose a successor").click()
    expect(page.get_by_role("radio", name="house-2")).to_be_checked()
    expect(page.get_by_role("radiogroup")).to_contain_text("refuses Temperature (0.3)")
    page.get_by_role("button", name="Draft the successor").click()
    expect(page.get_by_text("Taken out, for house-2 refuses it: Temperature (0.3).")).to_be_visible()
    expect(page.get_by_text("Not started: 2 answers, ")).to_be_visible()
    assert not provider.streams
    page.get_by_role("button", name="Start").click()
    row = page.get_by_role("row", name="How do tides work?")
    expect(row).to_contain_text("failed", timeout=30_000)
    expect(row).to_contain_text("passed")
    asked = {request.body["model"]: request.body.get("temperature") for request in provider.streams}
    assert asked == {"house-1": 0.3, "house-2": None}
