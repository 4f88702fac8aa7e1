"""From a plan to results in Chromium: the estimate before, progress while it runs, and the answers beside each other."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.urls import reverse
from playwright.sync_api import BrowserContext, expect

from conversations.evaluation.checks.check import Check
from conversations.jobs.worker import Worker
from conversations.models import SystemPrompt, User
from conversations.studio import drafts
from conversations.studio.wording import wording_of
from tests.support.cases import case
from tests.support.scripted_openai import Answer, Finish, Gate, Hold, Request, ScriptedOpenAI, Text

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def test_a_run_is_planned_started_and_looked_at(
    contexts: Callable[[], BrowserContext], prompt: SystemPrompt, admin: User, provider: ScriptedOpenAI, worker: Worker, settings: Any
) -> None:
    settings.OPENAI_BASE_URL, settings.OPENAI_API, settings.OPENAI_API_KEY = provider.base_url, "chat_completions", "sk-test-0123456789"
    settings.OPENAI_MODEL = "scripted-model"
    gate = Gate()

    def answer(request: Request) -> Answer:
        return Answer(steps=(Hold(gate), Text("The moon pulls." if "brief" in request.system else "The moon pulls the sea."), Finish()))

    provider.answer_with = answer
    drafts.save(prompt, wording_of(prompt.published) | {"text": "Be brief."}, admin)
    case(prompt, "How do tides work?", Check("contains", "sea"))
    page = contexts().new_page()
    page.goto(reverse("admin:conversations_run_add", query={"prompt": str(prompt.pk)}))
    page.get_by_role("button", name="See what it will cost").click()
    expect(page.get_by_text("Not started: 2 answers, ")).to_be_visible()
    assert not provider.streams
    page.get_by_role("button", name="Start").click()
    expect(page.get_by_role("status")).to_have_text("0 of 2")
    gate.open()
    expect(page.get_by_role("heading", name="Cases, worse first")).to_be_visible(timeout=30_000)  # by itself, once it is over
    row = page.get_by_role("row", name="How do tides work?")
    expect(row).to_contain_text("worse")
    row.get_by_role("link").click()
    second = page.get_by_role("region", name="the draft")
    second.get_by_text("Compared with the first candidate").click()
    expect(second.locator("del")).to_have_text([" the sea"])
    second.get_by_label("Note").fill("Short is fine")
    second.get_by_role("button", name="Good").click()
    expect(page.get_by_role("region", name="the draft")).to_contain_text("Passed by admin: Short is fine")
