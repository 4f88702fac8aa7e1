"""From an invitation's making to the new user's first answer; axe finds nothing on the way."""

from __future__ import annotations

from collections.abc import Callable

from playwright.sync_api import BrowserContext, Page, expect

from tests.support.axe import COLOURS, findings, violations

from .chat import Chat, keep_marks

COPIED_IN_ADMIN_MS = 2_000
"""How long a button of the administration says that it has."""


def hard_to_see(page: Page) -> list[str]:
    """Words whose colour is too near to what they stand on or among."""
    return [node["html"] for violation in violations(page, COLOURS) for node in violation["nodes"]]


def test_an_invited_user_chats(open_context: Callable[..., BrowserContext], admin_key: str) -> None:
    admin = open_context(admin_key, permissions=["clipboard-read", "clipboard-write"]).new_page()
    admin.goto("/admin/conversations/user/")
    admin.get_by_role("link", name="Invite people").click()
    admin.get_by_label("For:").fill("Nora")
    admin.get_by_label("Expires in:").select_option("30 days")
    assert findings(admin) == []
    admin.get_by_role("button", name="Make link").click()
    link = admin.get_by_label("Link", exact=True).input_value()
    keep_marks(admin, COPIED_IN_ADMIN_MS)
    admin.get_by_role("button", name="Copy").click()
    expect(admin.get_by_role("button", name="Copied")).to_be_visible()
    assert admin.evaluate("navigator.clipboard.readText()") == link
    assert findings(admin) == []

    page = open_context(None).new_page()
    page.goto(link)
    name, password = page.get_by_label("Username"), page.get_by_label("Password", exact=True)
    expect(name).to_be_focused()
    name.fill("nora")
    password.fill("password")
    page.get_by_role("button", name="Create account").click()
    expect(page.get_by_text("This password is too common.")).to_be_visible()
    expect(password).to_be_focused()
    assert findings(page) == []
    password.fill("quiet-harbour-42")
    page.get_by_role("button", name="Show password").click()
    expect(password).to_have_attribute("type", "text")
    page.get_by_role("button", name="Create account").click()
    chat = Chat(page)
    chat.ask("Hello?")

    admin.reload()  # makes no second one
    expect(admin.get_by_role("heading", name="Invitations")).to_be_visible()
    expect(admin.get_by_role("row").filter(has_text="Nora")).to_have_count(1)
    expect(admin.get_by_role("row").filter(has_text="1 of 1: nora")).to_contain_text("used up")
    assert hard_to_see(admin) == []
    admin.get_by_role("link", name="nora", exact=True).click()
    expect(admin.get_by_role("checkbox", name="Support")).to_be_visible()
    assert hard_to_see(admin) == []
    admin.goto("/admin/conversations/user/add/")
    assert hard_to_see(admin) == []
    late = open_context(None).new_page()
    late.goto(link)
    expect(late.get_by_role("heading", name="This link doesn’t work")).to_be_visible()
    assert findings(late) == []
