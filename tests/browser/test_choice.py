"""Where an administrator allows it, the model and the effort are chosen beside the assistant's name, and stay chosen in the conversation."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import BrowserContext, Locator, Page, expect

from tests.support.serving import Served

from .chat import Chat
from .provider import Provider

ALLOW = "UPDATE conversations_systemprompt SET model_choice = %s, listed_models = %s, effort_choice = %s WHERE is_default"


@pytest.fixture
def allowed(site: Served) -> Iterator[None]:
    site.rows(ALLOW, "listed", "gpt-5-mini\na-model-with-quite-a-long-name-for-a-phone", True)
    yield
    site.rows(ALLOW, "", "", False)


def button(page: Page, name: str) -> Locator:
    return page.get_by_role("button", name=re.compile(f"^{name}"))


def choose(page: Page, menu: str, item: str) -> None:
    button(page, menu).click()
    page.get_by_role("menuitemradio", name=item).click()


def asked(provider: Provider, question: str) -> tuple[str, str | None]:
    body = next(request.body for request in reversed(provider.server.streams) if request.question == question)
    return body["model"], body.get("reasoning_effort")


def test_a_choice_is_offered_where_it_is_allowed_and_kept(
    site: Served, allowed: None, open_context: Callable[..., BrowserContext], key: str, provider: Provider
) -> None:
    page = open_context(key).new_page()
    chat = Chat(page).open()
    model, effort = button(page, "Model"), button(page, "Effort")
    expect(model).to_have_text("Model")
    expect(effort).to_be_hidden()  # the assistant's own model isn't known to take any
    choose(page, "Model", "gpt-5-mini")
    choose(page, "Effort", "High")
    chat.ask("First")
    assert asked(provider, "First") == ("gpt-5-mini", "high")
    expect(chat.answer).to_contain_text("gpt-5-mini")
    expect(model).to_have_text("gpt-5-mini")

    phone = open_context(key, viewport={"width": 390, "height": 844}).new_page()
    other = Chat(phone).open(page.url)
    expect(other.answer.get_by_text("gpt-5-mini")).to_be_visible()
    expect(button(phone, "Model: gpt-5-mini")).to_be_visible()
    expect(button(phone, "Effort: High")).to_be_visible()
    choose(phone, "Model", "a-model-with-quite")
    assert phone.evaluate("document.documentElement.scrollWidth") == 390
    other.ask("Second")
    assert asked(provider, "Second") == ("a-model-with-quite-a-long-name-for-a-phone", None)

    expect(model).to_have_text("a-model-with-quite-a-long-name-for-a-phone")
    expect(effort).to_be_hidden()
    choose(page, "Model", "The assistant’s own")
    chat.act(chat.answer, "Regenerate")
    expect(chat.answer).to_contain_text("2 / 2")
    chat.ended("complete")
    assert asked(provider, "Second") == ("scripted", None)
    page.reload()
    expect(model).to_have_text("Model")

    choose(page, "Model", "gpt-5-mini")
    site.rows(ALLOW, "", "", False)
    chat.send("Third")
    expect(page.get_by_role("alert")).to_contain_text("another one can’t be chosen")
    expect(chat.composer).to_have_value("Third")
    page.reload()
    expect(model).to_have_count(0)
    expect(chat.answer).to_be_visible()
    chat.ask("Fourth")
