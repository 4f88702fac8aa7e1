"""What is typed into a long field of the admin is kept in the browser until it is saved, and offered again; secrets are not kept."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from conversations.models import Provider, SystemPrompt, User
from tests.conftest import PASSWORD
from tests.support.admin_pages import url

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
OFFER = ".draft-offer"
KEPT = "JSON.stringify(Object.entries(localStorage).filter(([key]) => key.startsWith('admin-draft')))"


@pytest.fixture
def prompt_page(admin: User, db: None) -> str:
    return url("systemprompt_change", SystemPrompt.objects.get(slug="assistant").pk)


@pytest.fixture
def provider_page(db: None) -> str:
    return url("provider_change", Provider.objects.create(name="House", base_url="http://127.0.0.1:1/v1").pk)


def sign_in(page: Page) -> None:
    page.locator("input[name=login]").fill("admin")
    page.locator("input[name=password]").fill(PASSWORD)
    page.locator("input[name=password]").press("Enter")


def save(page: Page) -> None:
    page.locator("input[name=_continue]").click()


def test_a_text_outlives_the_session(prompt_page: str, contexts: Callable[[], BrowserContext], settings) -> None:
    context = contexts()
    page = context.new_page()
    page.route("**/draft/", lambda route: route.abort())  # else it may be saved by itself before the session ends
    for lost in (settings.SESSION_COOKIE_NAME, None):
        page.goto(prompt_page)
        expect(page.locator(OFFER)).to_have_count(0)
        before = page.locator("#id_text").input_value()
        typed = f"An hour of work.\n\nWithout {lost}."
        page.locator("#id_text").fill(typed)
        context.clear_cookies(name=lost) if lost else context.clear_cookies()
        save(page)
        if lost is None:  # the token is gone, too
            expect(page.get_by_role("heading", name="Your session has ended")).to_be_visible()
            expect(page.get_by_label("Text")).to_have_value(typed)
            page.get_by_role("link", name="Open the form again").click()
        sign_in(page)
        expect(page.locator("#id_text")).to_have_value(before)
        expect(page.locator(OFFER)).to_contain_text("did not save it: Text.")
        page.get_by_role("button", name="Restore it").click()
        expect(page.locator("#id_text")).to_have_value(typed)
        expect(page.locator(".prompt-counts")).to_contain_text("6 words")
        save(page)
        expect(page.locator(".messagelist .success")).to_be_visible()
        page.wait_for_function(f"() => {KEPT} === '[]'")  # by a script that runs after the page is shown


def test_a_draft_is_offered_until_it_is_saved_or_discarded(prompt_page: str, contexts: Callable[[], BrowserContext]) -> None:
    page = contexts().new_page()
    page.goto(url("systemprompt_add"))
    page.locator("#id_text").fill("For a new prompt")
    page.locator("#id_starters").fill("One?\nTwo?")
    save(page)  # without a name, which is refused
    expect(page.locator(".errornote")).to_be_visible()
    expect(page.locator("#id_text")).to_have_value("For a new prompt")
    page.goto(prompt_page)
    expect(page.locator(OFFER)).to_have_count(0)
    page.goto(url("systemprompt_add"))
    expect(page.locator(OFFER)).to_contain_text("Text, Starters.")
    page.get_by_role("button", name="Restore it").click()
    expect(page.locator("#id_starters")).to_have_value("One?\nTwo?")
    page.locator("#id_name").fill("New one")
    page.locator("#id_slug").fill("new-one")
    page.locator("input[name=_save]").click()
    expect(page.locator(".messagelist .success")).to_be_visible()
    page.goto(url("systemprompt_add"))
    expect(page.locator(OFFER)).to_have_count(0)
    page.locator("#id_text").fill("Never mind")
    page.reload()
    page.get_by_role("button", name="Discard it").click()
    page.reload()
    expect(page.locator(OFFER)).to_have_count(0)


def test_a_refused_form_is_not_taken_for_a_change(prompt_page: str, contexts: Callable[[], BrowserContext]) -> None:
    page = contexts().new_page()
    page.route("**/draft/", lambda route: route.abort())  # else it may be saved by itself before
    page.goto(prompt_page)
    page.locator("#id_text").fill("Sent and refused")
    page.locator("#id_slug").fill("no slug")
    save(page)
    expect(page.locator(".errornote")).to_be_visible()
    expect(page.locator("#id_slug")).to_be_focused()  # where something is wrong
    page.evaluate("localStorage.clear()")
    page.locator("#id_text").fill("And changed again")
    page.goto(prompt_page)
    expect(page.locator(OFFER)).to_contain_text("did not save it")
    expect(page.locator(OFFER)).not_to_contain_text("has changed since")


def test_a_draft_of_what_was_changed_since_says_so(prompt_page: str, contexts: Callable[[], BrowserContext]) -> None:
    mine, theirs = contexts().new_page(), contexts().new_page()
    mine.route("**/draft/", lambda route: route.abort())  # as without a connection
    mine.goto(prompt_page)
    mine.locator("#id_text").fill("Mine")
    theirs.goto(prompt_page)
    theirs.locator("#id_text").fill("Theirs")
    save(theirs)
    expect(theirs.locator(".messagelist .success")).to_be_visible()
    mine.reload()
    expect(mine.locator(OFFER)).to_contain_text("What is saved has changed since then")
    expect(mine.locator("#id_text")).to_have_value("Theirs")


def test_secrets_are_not_kept(provider_page: str, contexts: Callable[[], BrowserContext]) -> None:
    page = contexts().new_page()
    page.goto(provider_page)
    page.locator("#id_headers").fill("X-Gateway: hush-hush")
    page.locator("#id_keys-0-secret").fill("sk-hush-0123456789abcdef")
    page.locator("#id_base_url").fill("http://127.0.0.1:2/v1")
    page.reload()
    kept = page.evaluate(KEPT)
    assert "127.0.0.1:2" in kept
    assert "hush" not in kept
