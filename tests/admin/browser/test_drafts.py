"""A prompt's draft saves itself while it is typed, says so, and brings together what two administrators type; then it is published."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from conversations.models import SystemPrompt, User
from tests.support.admin_pages import prompt_url

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
KEPT = "Object.keys(localStorage).filter((key) => key.startsWith('admin-draft')).length"


@pytest.fixture
def prompt_page(admin: User, db: None) -> str:
    prompt = SystemPrompt.objects.get(slug="assistant")
    prompt.publish(text="You are kind.\nYou are brief.\nYou answer in English.")
    return prompt_url(prompt)


def edit(page: Page, old: str, new: str) -> None:
    text = page.locator("#id_text")
    text.fill(text.input_value().replace(old, new))


def saved(page: Page) -> None:
    expect(page.locator(".autosave")).to_contain_text("Draft saved at")


def test_what_is_typed_is_saved_and_then_published(prompt_page: str, contexts: Callable[[], BrowserContext]) -> None:
    page = contexts().new_page()
    page.goto(prompt_page)
    edit(page, "kind", "very kind")
    saved(page)
    assert page.evaluate(KEPT) == 0  # the server has it
    expect(page.locator(".draft-bar:visible")).to_contain_text("Saved just now by you. Chats use version 2 until it is published.")
    page.locator("#id_temperature").fill("9")
    expect(page.locator(".autosave")).to_have_text("Not saved yet. Temperature: Temperature lies between 0 and 2.")
    page.locator("#id_temperature").fill("0.5")
    saved(page)
    page.reload()
    expect(page.locator(".draft-offer")).to_have_count(0)
    expect(page.locator("#id_text")).to_have_value("You are very kind.\nYou are brief.\nYou answer in English.")
    expect(page.locator("#id_temperature")).to_have_value("0.5")
    page.locator("input[name=_publish]").click()
    expect(page.locator(".difference ins")).to_have_text(["very "])
    page.get_by_label("Note").fill("Kinder")
    page.get_by_role("button", name="Publish").click()
    expect(page.locator(".messagelist .success")).to_contain_text("Version 3 is live.")
    expect(page.locator(".draft-bar:visible")).to_contain_text("Version 3 is live, and there is no draft.")


def test_two_who_type_are_told_and_both_texts_are_brought_together(prompt_page: str, contexts: Callable[[], BrowserContext]) -> None:
    mine, theirs = contexts().new_page(), contexts().new_page()
    # Else it may look by itself before something is typed in it.
    mine.route("**/draft/", lambda route: route.abort() if route.request.method == "GET" else route.continue_())
    mine.goto(prompt_page)
    theirs.goto(prompt_page)
    edit(theirs, "English", "French")
    saved(theirs)
    edit(mine, "kind", "very kind")
    alert = mine.get_by_role("alert")
    expect(alert).to_contain_text("changed this draft in another tab")
    expect(mine.locator(".autosave")).to_contain_text("Not saved: bring both changes together first.")
    alert.get_by_role("button", name="Bring both changes together").click()
    expect(mine.locator(".errornote").first).to_be_visible()
    expect(mine.locator(".draft-offer")).to_have_count(0)  # what was typed is in the form already
    expect(mine.locator("#id_text")).to_have_value("You are very kind.\nYou are brief.\nYou answer in French.")
    expect(mine.locator(".difference ins")).to_have_text(["French"])
    mine.locator("input[name=_continue]").click()
    expect(mine.locator(".messagelist .success")).to_be_visible()
    # One who only looks hears of it, too, when they come back to their tab.
    theirs.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    theirs.get_by_role("alert").get_by_role("button", name="Show it").click()
    expect(theirs.locator("#id_text")).to_have_value("You are very kind.\nYou are brief.\nYou answer in French.")


def test_who_is_signed_out_while_typing_is_told_and_loses_nothing(
    prompt_page: str, contexts: Callable[[], BrowserContext], settings
) -> None:
    context = contexts()
    page = context.new_page()
    page.goto(prompt_page)
    context.clear_cookies(name=settings.SESSION_COOKIE_NAME)
    edit(page, "kind", "very kind")
    expect(page.locator(".autosave")).to_have_text("Not saved: you are signed out. This browser keeps what you typed.")
    assert page.evaluate(KEPT) == 1
