"""In Chromium from a run whose answers failed to a rewrite in the draft, judged on cases that it wasn't written from."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, expect

from conversations.models import SystemPrompt, User
from tests.support.admin_pages import url
from tests.support.rewrites import OLD, answering, failed_run
from tests.support.scripted_openai import ScriptedOpenAI

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def test_a_rewrite_is_proposed_judged_and_taken(
    contexts: Callable[[], BrowserContext],
    prompt: SystemPrompt,
    admin: User,
    provider: ScriptedOpenAI,
    settings: Any,
    request: Any,
    complaints: list[str],
) -> None:
    settings.OPENAI_BASE_URL, settings.OPENAI_API, settings.OPENAI_API_KEY = provider.base_url, "chat_completions", "sk-test-0123456789"
    settings.OPENAI_MODEL = "scripted-model"
    provider.answer_with = answering
    prompt.publish(text=OLD)
    run = failed_run(prompt, admin)
    request.getfixturevalue("worker")
    page = contexts().new_page()
    page.goto(url("run_change", run.pk))
    page.get_by_role("link", name="Propose a rewrite …").click()
    page.get_by_role("button", name="See what it will cost").click()
    page.get_by_role("button", name="Start").click()
    changes = page.get_by_role("region", name="Proposed changes")
    expect(changes.locator("ins")).to_have_text(["moon and the "], timeout=30_000)  # by itself, once it is there
    expect(page.get_by_role("region", name="Cases held out, to judge it").get_by_role("link")).to_have_count(3)
    changes.get_by_role("checkbox", name="Before line 3").uncheck()
    page.get_by_role("button", name="Judge what is ticked on 3 other cases …").click()
    page.get_by_role("button", name="Start").click()
    expect(page.get_by_role("row", name="the rewrite").first).to_contain_text("2 of 3", timeout=30_000)
    page.get_by_role("link", name="proposed rewrite").click()
    changes.get_by_role("checkbox", name="Before line 3").uncheck()
    page.get_by_role("button", name="Take what is ticked into the draft").click()
    expect(page.get_by_text("The draft has 1 change of the rewrite.")).to_be_visible()
    expect(page.get_by_role("textbox", name="Text:", exact=True)).to_have_value("Be brief.\nTalk of the moon and the sea.")
    assert complaints == []
