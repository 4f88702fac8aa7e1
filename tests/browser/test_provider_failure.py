"""While a provider fails, the page says that another attempt follows and why; after the last one, when to try again."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator

import pytest
from playwright.sync_api import expect

from tests.support import forgiving_serve
from tests.support.scripted_openai import failure
from tests.support.serving import Served

from .chat import Chat
from .provider import Provider

WAITS = "The provider is getting too many requests right now. Trying again…"


@pytest.fixture(autouse=True)
def _rested_keys(site: Served) -> Iterator[None]:
    """Other tests share the site: its key must not stay cooling down."""
    yield
    site.rows("UPDATE conversations_apikey SET cooling_until = NULL")
    time.sleep(forgiving_serve.READ_AGAIN)


def test_the_page_says_why_it_takes_longer(chat: Chat, provider: Provider) -> None:
    provider.answers("Busy?", failure(429, "Slow down", headers={"retry-after": "2"}))
    chat.send("Busy?")
    note = chat.page.locator("[data-role=assistant] [role=status]")
    expect(note).to_have_text(WAITS)
    chat.page.reload()
    expect(note).to_have_text(WAITS)
    provider.says("Busy?", "Not any more.")
    expect(chat.answer).to_contain_text("Not any more.")
    expect(note).to_have_count(0)


def test_a_failure_says_when_to_try_again(chat: Chat, provider: Provider) -> None:
    provider.answers("Later?", failure(429, "Slow down", headers={"retry-after": "600"}))
    chat.send("Later?")
    notice = chat.answer.locator(".notice")
    expect(notice).to_contain_text(re.compile(r"too many requests right now\. Try again after \d+:\d\d"))
    expect(notice.get_by_role("button", name="Try again")).to_be_visible()
