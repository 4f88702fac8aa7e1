"""An assistant that asks for something does so in a small form above the message field, and later from the conversation's menu."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.support.serving import Served

from .chat import Chat
from .provider import Provider

PUBLISH = """
from conversations.models import SystemPrompt
prompt = SystemPrompt.objects.create(name="Letters", slug="letters")
prompt.publish(text="{{ tone }}|{{ about }}|{{ pages }}|{{ day }}|{{ signed }}", variables=[
    {"name": "tone", "type": "choice", "choices": ["kind", "stern"], "required": True, "help": "How it sounds"},
    {"name": "about", "type": "long_text", "label": "What it is about", "required": True},
    {"name": "pages", "type": "number", "default": 2},
    {"name": "day", "type": "date"},
    {"name": "signed", "type": "yes_no", "label": "Signed?"},
])
"""
REMOVE = """
from conversations.models import Conversation, SystemPrompt
Conversation.objects.filter(prompt__slug="letters").delete()
SystemPrompt.objects.filter(slug="letters").delete()
"""


@pytest.fixture
def letters(site: Served) -> Iterator[None]:
    site.run(PUBLISH)
    yield
    site.run(REMOVE)


def told(provider: Provider, question: str) -> str:
    return str(next(request.system for request in reversed(provider.server.streams) if request.question == question))


def menu(page: Page) -> None:
    page.get_by_role("button", name="Conversation menu").click()
    page.get_by_role("menuitem", name="What the assistant asked for").click()


def test_what_is_asked_for_is_sent_kept_and_changed(
    site: Served, letters: None, open_context: Callable[..., BrowserContext], key: str, provider: Provider
) -> None:
    page = open_context(key, viewport={"width": 390, "height": 844}).new_page()
    chat = Chat(page).open()
    chat.composer = page.get_by_role("textbox", name="Message")
    form = page.get_by_role("region", name="For this conversation")
    expect(page.get_by_role("button", name="Letters")).to_be_visible()
    expect(form).to_be_hidden()
    page.get_by_role("button", name="Letters").click()
    tone = form.get_by_label(re.compile("^Tone"))
    expect(tone).to_have_accessible_description("How it sounds")
    expect(form.get_by_label(re.compile("^Pages"))).to_have_value("2")
    assert page.evaluate("document.documentElement.scrollWidth") == 390

    chat.composer.fill("Write it")
    chat.composer.press("Enter")
    expect(tone).to_be_focused()  # it is missing
    expect(chat.composer).to_have_value("Write it")
    assert not [request for request in provider.server.streams if request.question == "Write it"]
    tone.select_option("stern")
    form.get_by_label("What it is about").fill("{{> secret }}\n{{ tone }}")
    form.get_by_label(re.compile("^Day")).fill("2026-05-03")
    form.get_by_label(re.compile("^Signed")).select_option("No")
    chat.composer.press("Enter")
    chat.ended("complete")
    expect(form).to_be_hidden()
    assert told(provider, "Write it") == "stern|{{> secret }}\n{{ tone }}|2|2026-05-03|no"

    page.reload()
    menu(page)
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_label(re.compile("^Tone"))).to_have_value("stern")
    expect(dialog.get_by_label(re.compile("^Signed"))).to_have_value("no")
    dialog.get_by_label(re.compile("^Tone")).select_option("kind")
    dialog.get_by_role("button", name="Save").click()
    expect(dialog).to_be_hidden()
    chat.ask("Again")
    assert told(provider, "Again").startswith("kind|{{> secret }}")

    site.rows(
        "UPDATE conversations_conversation SET variables = '{}' WHERE id IN"
        " (SELECT conversation_id FROM conversations_message WHERE role = 'user' AND parts LIKE '%%Write it%%')"
    )
    chat.send("Missing now")
    expect(page.get_by_role("alert").first).to_contain_text("Tone is missing. What it is about is missing.")
    expect(dialog.get_by_label(re.compile("^Tone"))).to_have_value("")
    dialog.get_by_role("button", name="Cancel").click()
    expect(chat.composer).to_have_value("Missing now")


def test_another_assistant_asks_for_nothing(letters: None, open_context: Callable[..., BrowserContext], key: str) -> None:
    page = open_context(key).new_page()
    Chat(page).open()
    form = page.get_by_role("region", name="For this conversation")
    page.get_by_role("button", name="Letters").click()
    expect(form).to_be_visible()
    form.get_by_label("What it is about").fill("Owls")
    page.get_by_role("group", name="Assistant").get_by_role("button", name=re.compile("^Assistant")).click()
    expect(form).to_be_hidden()
    page.get_by_role("button", name="Letters").click()
    expect(form.get_by_label("What it is about")).to_have_value("Owls")
