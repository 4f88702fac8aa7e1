"""Who may chat with what is staged finds it in the menu of assistants, marked, and the conversation says so; others don't find it."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import BrowserContext, expect

from tests.support.serving import Served

from .chat import Chat
from .provider import Provider

PROMPT = "from conversations.models import SystemPrompt; prompt = SystemPrompt.objects.get(is_default=True);"


@pytest.fixture
def staged(site: Served) -> Iterator[None]:
    site.run(f"{PROMPT} prompt.publish(text='Be staged.', label='staging', starters=['Staged?'])")
    yield
    site.run(f"{PROMPT} prompt.point('staging', None)")


def test_it_is_chosen_and_named(
    staged: None, open_context: Callable[..., BrowserContext], admin_key: str, key: str, provider: Provider
) -> None:
    page = open_context(admin_key).new_page()
    chat = Chat(page).open()
    pill = page.locator(".composer .pill[title=Assistant]")
    pill.click()
    page.get_by_role("menuitemradio", name="Assistant (staging)").click()
    expect(pill).to_have_text("Assistant (staging)")
    expect(page.locator(".starter")).to_have_text(["Staged?"])
    chat.ask("Staged question")
    assert next(one.system for one in provider.server.streams if one.question == "Staged question") == "Be staged."
    expect(pill).to_have_text("Assistant (staging)")
    page.reload()
    expect(pill).to_have_text("Assistant (staging)")

    other = open_context(key).new_page()
    Chat(other).open()
    other.locator(".composer .pill[title=Assistant]").click()
    expect(other.get_by_role("menuitemradio", name="Assistant").first).to_be_visible()
    expect(other.get_by_role("menuitemradio", name="(staging)")).to_have_count(0)
