"""axe finds nothing, on any page, in either scheme, wide or narrow."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, expect

from tests.support.axe import findings, violations
from tests.support.scripted_openai import Reasoning, Text, failure

from .chat import Chat
from .provider import NOT_BY_ITSELF, Provider

EVERYTHING = (Path(__file__).parent / "everything.md").read_text()
HARD_TO_SEE = """<!doctype html><html lang="en"><title>Hard to see</title><style>
  :root { color-scheme: light dark }
  .wide { color: light-dark(black, #333); background: light-dark(white, #222) }
  .narrow { color: light-dark(#aaa, white); background: light-dark(white, black) }
  @media (width < 40rem) { .wide { display: none } }
  @media (width >= 40rem) { .narrow { display: none } }
</style><main><h1>One</h1><p class="wide">In a dark scheme.</p><div class="narrow"><p>In a light scheme.</p></div></main>"""
SIGNED_OUT = [
    "login/",
    "signup/",
    "password/reset/",
    "password/reset/done/",
    "password/reset/key/1-abc/",
    "password/reset/key/done/",
    "inactive/",
]
SIGNED_IN = ["logout/", "password/change/", "email/", "confirm-email/", "confirm-email/none/", "reauthenticate/"]


@pytest.fixture
def chat(shared_chat: Chat) -> Chat:
    return shared_chat


def test_what_is_hard_to_see_in_one_scheme_at_one_width_is_found(open_context: Callable[..., BrowserContext]) -> None:
    page = open_context(None, fresh=True).new_page()  # what comes from no address has the policy of the page that opened it
    page.set_content(HARD_TO_SEE)
    narrow, wide = findings(page)
    assert "390 light: color-contrast: <p>In a light" in narrow
    assert '1280 dark: color-contrast: <p class="wide">' in wide


def test_pages_before_signing_in(open_context: Callable[..., BrowserContext]) -> None:
    page = open_context(None).new_page()
    for path in SIGNED_OUT:
        page.goto(f"/accounts/{path}")
        expect(page.locator("main.sheet h1")).to_be_visible()
        assert findings(page) == []


def test_account_pages(open_context: Callable[..., BrowserContext], key: str) -> None:
    page = open_context(key).new_page()
    for path in SIGNED_IN:
        page.goto(f"/accounts/{path}")
        expect(page.locator("main.sheet h1")).to_be_visible()
        assert findings(page) == []


def test_a_form_with_mistakes(open_context: Callable[..., BrowserContext]) -> None:
    page = open_context(None).new_page()
    page.goto("/accounts/signup/")
    page.get_by_label("Username").fill("person0")
    page.get_by_label("Password", exact=True).fill("short")
    page.get_by_role("button", name="Create account").click()
    field = page.get_by_label("Username")
    expect(field).to_have_attribute("aria-invalid", "true")
    described = field.get_attribute("aria-describedby") or ""
    assert any("already exists" in page.locator(f"[id='{part}']").inner_text() for part in described.split())
    assert findings(page) == []


def test_pages_for_what_went_wrong(open_context: Callable[..., BrowserContext], key: str) -> None:
    page = open_context(key).new_page()
    page.goto("/nothing/here/")
    expect(page.get_by_role("heading", name="Page not found")).to_be_visible()
    assert findings(page) == []
    page.goto("/welcome/made-up/")
    expect(page.get_by_role("heading", name="This link has expired")).to_be_visible()
    assert findings(page) == []


def test_the_empty_page_with_what_opens_on_it(chat: Chat) -> None:
    assert findings(chat.page) == []
    chat.page.locator(".pill").click()
    assert findings(chat.page) == []
    chat.page.keyboard.press("Escape")
    chat.page.locator("#account").click()
    expect(chat.page.get_by_role("menuitem", name="Sign out")).to_be_visible()
    assert findings(chat.page) == []


def test_the_drawer_of_a_narrow_page(open_context: Callable[..., BrowserContext], key: str) -> None:
    chat = Chat(open_context(key, viewport={"width": 390, "height": 800}).new_page()).open()
    expect(chat.sidebar).to_be_hidden()
    chat.page.get_by_role("button", name="Conversations").click()
    expect(chat.page.get_by_role("link", name="New chat").first).to_be_in_viewport()
    assert violations(chat.page) == []
    chat.page.keyboard.press("Escape")
    expect(chat.sidebar).to_be_hidden()
    expect(chat.page.get_by_role("button", name="Conversations")).to_be_focused()


def test_a_conversation_with_everything_in_it(chat: Chat, provider: Provider) -> None:
    provider.says("Everything", Reasoning("First **this**, then that."), Text(EVERYTHING))
    provider.says("Break", Text("Half of"), NOT_BY_ITSELF)
    provider.answers("Fail", failure(401, "No."))
    chat.ask("Everything")
    expect(chat.answer.locator(".katex").first).to_be_visible()
    chat.answer.locator("summary").click()
    chat.send("Break")
    chat.ended("interrupted")
    chat.send("Fail")
    chat.ended("failed")
    assert findings(chat.page) == []
    chat.act(chat.answers.first, "Bad answer")
    expect(chat.answers.first.get_by_role("form")).to_be_visible()
    chat.act(chat.questions.first, "Edit message")
    assert findings(chat.page) == []


def test_while_an_answer_runs_and_a_dialog_asks(chat: Chat, provider: Provider) -> None:
    gate, hold = provider.gate()
    provider.title = "Long story"
    provider.says("Slowly", "Once upon", hold, " a time.")
    chat.send("Slowly")
    expect(chat.answer).to_contain_text("Once upon")
    assert findings(chat.page) == []
    gate.open()
    chat.ended("complete")
    chat.row("Long story").hover()
    chat.page.get_by_role("button", name="More for Long story").click()
    chat.page.get_by_role("menuitem", name="Delete").click()
    expect(chat.page.get_by_role("dialog")).to_be_visible()
    assert findings(chat.page) == []
    chat.page.keyboard.press("Escape")
    expect(chat.page.get_by_role("dialog")).to_have_count(0)


def test_a_screen_reader_hears_the_beginning_and_the_end(chat: Chat, provider: Provider) -> None:
    gate, hold = provider.gate()
    provider.says("Tell me", "Some words", hold, " more.")
    chat.send("Tell me")
    status = chat.page.locator("#announcer")
    expect(status).to_have_text("The answer has begun.")
    gate.open()
    expect(status).to_have_text("The answer is complete.")
    assert chat.answer.locator("[aria-live], [role=status], [role=log]").count() == 0
