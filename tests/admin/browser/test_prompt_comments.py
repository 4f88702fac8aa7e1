"""A comment on a version's line is written from that line, answered and resolved in Chromium, on a phone as well."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import BrowserContext, expect

from conversations.models import SystemPrompt
from tests.support.admin_pages import url
from tests.support.axe import findings

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def test_a_line_is_commented_on_answered_and_resolved(contexts: Callable[[], BrowserContext], prompt: SystemPrompt) -> None:
    version = prompt.publish(text="You are kind to all.\nYou are brief.\nYou answer in English.")
    page = contexts().new_page()
    page.set_viewport_size({"width": 390, "height": 844})
    page.goto(url("systemprompt_version", prompt.pk, version.number))
    page.locator("#line-2 a.line-number").click()
    written = page.get_by_label("Comment", exact=True)
    expect(written).to_be_focused()
    expect(page.get_by_label("From line")).to_have_value("2")
    page.keyboard.type("How brief?")
    page.get_by_role("button", name="Comment", exact=True).click()

    thread = page.get_by_label("Comment on line 2")
    expect(thread).to_be_in_viewport()
    expect(thread).to_contain_text("How brief?")
    thread.locator("summary", has_text="Answer").click()
    thread.get_by_role("textbox", name="Answer").fill("Two sentences.")
    thread.get_by_role("button", name="Answer").click()
    expect(thread).to_contain_text("Two sentences.")
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert findings(page) == []
    thread.get_by_role("button", name="Resolve").click()
    expect(thread).to_contain_text("Resolved by admin")
    assert version.comments.get(answered=None).resolved_by
