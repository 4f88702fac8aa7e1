"""A form of the admin is sent once, however often its button is clicked, and can be sent again where its page stays."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from conversations.models import Provider
from tests.support.admin_pages import url
from tests.support.held_requests import HeldRequests

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
NO_TIME_PASSES = "() => { const now = performance.now(); performance.now = () => now; }"
A_SECOND_LATER = "() => { const now = performance.now.bind(performance); performance.now = () => now() + 1000; }"


@pytest.fixture
def page(contexts: Callable[[], BrowserContext]) -> Page:
    return contexts().new_page()


def posted(page: Page) -> list[str]:
    """What is sent from now on."""
    sent: list[str] = []
    page.on("request", lambda request: sent.append(request.post_data or "") if request.method == "POST" else None)
    return sent


def test_a_double_click_adds_one_provider(page: Page) -> None:
    page.goto(url("provider_add"))
    page.locator("#id_name").fill("House")
    page.locator("#id_base_url").fill("http://127.0.0.1:1/v1")
    sent, held = posted(page), HeldRequests(page, "**/provider/add/")
    button = page.locator("input[name=_save]")
    button.hover()
    page.mouse.down()
    page.mouse.up()  # a locator's click would wait for the next page
    first = held.next()
    page.mouse.down()
    page.mouse.up()
    first.continue_()
    expect(page.locator(".messagelist .success")).to_be_visible()
    assert Provider.objects.filter(name="House").count() == len(sent) == 1
    assert sent[0].endswith("&_save=Save")


def test_what_another_script_kept_from_being_sent_is_sent_by_the_next_click(page: Page) -> None:
    page.goto(url("provider_add"))
    page.locator("#id_name").fill("House")
    page.locator("#id_base_url").fill("http://127.0.0.1:1/v1")
    page.evaluate("document.addEventListener('submit', (event) => event.preventDefault(), { once: true })")
    sent = posted(page)
    page.locator("input[name=_save]").click()
    assert sent == []
    page.locator("input[name=_save]").click()
    expect(page.locator(".messagelist .success")).to_be_visible()


def test_a_form_is_sent_once_until_its_page_is_shown_again(page: Page) -> None:
    page.goto(url("provider_add"))
    page.route("**/provider/add/", lambda route: route.fulfill(status=204))  # answers nothing, so that the page stays
    page.locator("#id_name").fill("House")
    page.locator("#id_base_url").fill("http://127.0.0.1:1/v1")
    sent = posted(page)
    with page.expect_request("**/provider/add/"):
        page.locator("input[name=_save]").click()
    page.locator("input[name=_save]").click()
    page.evaluate("dispatchEvent(new PageTransitionEvent('pageshow', { persisted: true }))")
    with page.expect_request("**/provider/add/"):
        page.locator("input[name=_save]").click()
    assert len(sent) == 2


def test_a_list_can_be_downloaded_from_again_after_a_second(page: Page) -> None:
    page.goto(url("systemprompt_changelist"))
    page.get_by_role("checkbox", name="Select this object for an action - Assistant").check()
    page.get_by_label("Action:").select_option("Export selected prompts as files")
    sent = posted(page)
    button = page.get_by_role("button", name="Go", exact=True)
    page.evaluate(NO_TIME_PASSES)
    with page.expect_download():
        button.click()
    button.click()
    assert len(sent) == 1
    page.evaluate(A_SECOND_LATER)
    with page.expect_download():
        button.click()
    assert len(sent) == 2
