"""axe finds nothing, on any page, in either scheme, wide or narrow."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, Page, expect
from playwright.sync_api import TimeoutError as Late

from tests.support.scripted_openai import Reasoning, Text, failure
from tests.support.serving import ROOT

from .chat import Chat
from .provider import NOT_BY_ITSELF, Provider

AXE = (ROOT / "node_modules" / "axe-core" / "axe.min.js").read_text()
EVERYTHING = (Path(__file__).parent / "everything.md").read_text()
RUN_AXE = "([context, options]) => axe.run(context, options).then(({ violations }) => violations)"
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


def findings(page: Page, *, preload: bool = True, without: Sequence[str] = ()) -> list[str]:
    """What axe objects to, in both schemes and at both widths, but in elements of these selectors.

    Preloading breaks the policy where a stylesheet imports another.
    """
    found: list[str] = []
    if not page.evaluate("'axe' in window"):
        page.evaluate(f"() => {{ {AXE} }}")
    for width in (1280, 390):
        page.set_viewport_size({"width": width, "height": 860})
        try:
            page.wait_for_function("document.documentElement.scrollWidth <= innerWidth", timeout=5_000)  # charts follow in their own time
        except Late:
            found.append(f"{page.url} scrolls sideways at {width} pixels")
        for scheme in ("light", "dark"):
            page.emulate_media(color_scheme=scheme, reduced_motion="reduce")  # type: ignore[arg-type]
            options: dict[str, Any] = {"preload": preload, "resultTypes": ["violations"]}
            if scheme == "dark":  # which changes colours and nothing else
                options["runOnly"] = ["color-contrast", "link-in-text-block"]
            result: list[dict[str, Any]] = page.evaluate(RUN_AXE, [{"exclude": [[selector] for selector in without]}, options])
            for violation in result:
                nodes = "; ".join(f"{node['html'][:160]} – {node.get('failureSummary', '')[:200]}" for node in violation["nodes"][:3])
                found.append(f"{page.url} {width} {scheme}: {violation['id']}: {nodes}")
    page.set_viewport_size({"width": 1280, "height": 860})
    page.emulate_media(color_scheme="light")
    return found


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
    chat.page.evaluate(f"() => {{ {AXE} }}")
    violations = chat.page.evaluate("() => axe.run().then(({ violations }) => violations.map(({ id }) => id))")
    assert violations == []
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
