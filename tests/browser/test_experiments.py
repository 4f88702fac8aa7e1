"""An experiment from its start in the admin, over chats that both versions answer, to the click that publishes the candidate."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import BrowserContext, expect

from tests.support.serving import Served

from .chat import Chat
from .provider import Provider

PROMPT = "from conversations.models import SystemPrompt; prompt = SystemPrompt.objects.get(is_default=True);"
MOST_CHATS = 24
"""With a share of half, all of them get the same version in one of eight million runs."""


@pytest.fixture
def versions(site: Served) -> Iterator[None]:
    site.run(f"{PROMPT} prompt.publish(text='Be live.'); prompt.publish(text='Be the candidate.', label='next', note='Shorter')")
    yield
    site.run(f"{PROMPT} prompt.point('live', prompt.versions.get(number=1))")


def test_from_start_to_publishing(
    versions: None, open_context: Callable[..., BrowserContext], admin_key: str, key: str, provider: Provider
) -> None:
    admin = open_context(admin_key).new_page()
    admin.goto("/admin/conversations/systemprompt/")
    admin.get_by_role("link", name="Assistant", exact=True).click()
    admin.get_by_role("region", name="Versions").get_by_role("link", name="Version 3", exact=True).click()
    admin.get_by_role("link", name="Experiment", exact=True).click()
    expect(admin.get_by_label("Candidate")).to_have_value("3")
    admin.get_by_label("Share").fill("50")
    admin.get_by_label("Goal").select_option("errors")
    admin.get_by_role("button", name="Start the experiment").click()
    expect(admin.get_by_text("Version 3 answers 50 % of new conversations.")).to_be_visible()
    expect(admin.get_by_text("Not enough data.")).to_be_visible()

    chat, told = Chat(open_context(key).new_page()), []
    while len(set(told)) < 2 and len(told) < MOST_CHATS:
        chat.open()
        chat.ask(f"Question {len(told)}")
        told.append(next(one.system for one in provider.server.streams if one.question == f"Question {len(told)}"))
    assert set(told) == {"Be live.", "Be the candidate."}

    admin.reload()
    rows = admin.locator(".experiment-arms tbody tr")
    counts = [str(told.count(text)) for text in ("Be the candidate.", "Be live.")]
    expect(rows.filter(has_text="Conversations").locator("td").first).to_have_text(counts[0])
    expect(rows.filter(has_text="Answers").locator("td").nth(1)).to_have_text(counts[1])
    expect(rows.filter(has_text="Errors")).to_contain_text(f"of 0 of {counts[0]}")
    admin.get_by_role("link", name="Assistant", exact=True).first.click()
    expect(admin.get_by_text("Version 3 answers 50 % of new conversations since")).to_be_visible()
    admin.get_by_role("link", name="How it does").click()
    admin.get_by_role("button", name="Publish version 3").click()
    expect(admin.get_by_text("Version 3 is live. Conversations follow with their next answer.")).to_be_visible()
    expect(admin.get_by_text("Version 3 was made live.")).to_be_visible()
    expect(admin.get_by_role("button", name="Publish version 3")).to_have_count(0)

    chat.ask("One more")  # in the conversation that is open, whichever arm it was in
    assert next(one.system for one in provider.server.streams if one.question == "One more") == "Be the candidate."
