"""Files are chosen, looked at and taken in Chromium."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.urls import reverse
from playwright.sync_api import BrowserContext, FilePayload, expect

from conversations.models import SystemPrompt
from conversations.studio import drafts

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def file(name: str, content: str) -> FilePayload:
    return {"name": name, "mimeType": "text/plain", "buffer": content.encode()}


def test_what_is_ticked_becomes_a_draft(contexts: Callable[[], BrowserContext], complaints: list[str]) -> None:
    page = contexts().new_page()
    page.goto(reverse("admin:conversations_systemprompt_changelist"))
    page.get_by_role("link", name="Import", exact=True).click()
    files = [
        file("desk.md", "---\nname: Desk\n---\n\nBe brief.\n"),
        file("other.md", "---\nname: Other\n---\n\nBe long.\n"),
        file("bad.md", "x"),
    ]
    page.get_by_label("Files").set_input_files(files)
    page.get_by_role("button", name="Show what would be done").click()
    expect(page.get_by_role("region", name="Not read")).to_contain_text("bad.md:1")
    expect(page.get_by_role("region", name="Desk")).to_contain_text("added: Be brief.")
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    page.get_by_role("checkbox", name="Other").uncheck()
    page.get_by_role("button", name="Import what is ticked").click()
    expect(page.get_by_role("listitem").filter(has_text="Imported desk: a new prompt, as a draft.")).to_be_visible()
    assert drafts.edited(SystemPrompt.objects.get(slug="desk"))["text"] == "Be brief."
    assert not SystemPrompt.objects.filter(slug="other").exists() and complaints == []
