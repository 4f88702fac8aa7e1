"""The sidebar's order: pinned on top, archived elsewhere; long lists stay quick, and are one stop for Tab."""

from __future__ import annotations

import zipfile
from collections.abc import Callable

import pytest
from playwright.sync_api import BrowserContext, Locator, expect

from tests.support.serving import Served

from .chat import Chat
from .provider import TITLE

MAKE = """
import datetime
from django.contrib.sessions.models import Session
from django.utils import timezone
from conversations.models import Conversation, User
owner = User.objects.get(pk=Session.objects.get(pk={key!r}).get_decoded()["_auth_user_id"])
now = timezone.now()
Conversation.objects.bulk_create(
    Conversation(owner=owner, title=f"Talk {{n}}", updated=now - datetime.timedelta(hours=n), pinned=n == {pinned}) for n in range({count})
)
"""
DELETE = """
from django.contrib.sessions.models import Session
from conversations.models import Conversation
Conversation.objects.filter(owner=Session.objects.get(pk={key!r}).get_decoded()["_auth_user_id"]).delete()
"""
WATCH_ROWS = """() => {
  window.touched = 0;
  const observer = new MutationObserver((records) => { window.touched += records.length; });
  observer.observe(document.querySelector(".sidebar .list"), { childList: true, subtree: true, characterData: true });
}"""
TICK = "(one) => { const { width, height, display, backgroundColor, color } = getComputedStyle(one); return [width, height, display, backgroundColor, color]; }"
FOCUSED = "document.activeElement.textContent.trim() || document.activeElement.getAttribute('aria-label')"


@pytest.fixture
def chat(shared_chat: Chat) -> Chat:
    return shared_chat


def filled(context: BrowserContext, site: Served, key: str, count: int, pinned: int = -1) -> Chat:
    site.run(MAKE.format(key=key, count=count, pinned=pinned))
    chat = Chat(context.new_page()).open()
    expect(titles(chat).first).to_be_attached()  # the page can be written in a frame before the list is drawn
    return chat


def choose(chat: Chat, title: str, item: str) -> None:
    chat.row(title).hover()
    chat.page.get_by_role("button", name=f"More for {title}", exact=True).click()
    chat.page.get_by_role("menuitem", name=item, exact=True).click()


def titles(chat: Chat) -> Locator:
    return chat.sidebar.locator(".row .title")


def test_pinning_and_archiving_are_seen_in_every_tab(open_context: Callable[..., BrowserContext], site: Served, key: str) -> None:
    context = open_context(key)
    chat = filled(context, site, key, 3)
    other = Chat(context.new_page()).open()
    headings = chat.sidebar.get_by_role("heading")
    choose(chat, "Talk 2", "Pin")
    for tab in (chat, other):
        expect(tab.sidebar.get_by_role("heading").first).to_have_text("Pinned")
        expect(titles(tab)).to_have_text(["Talk 2", "Talk 0", "Talk 1"])
    choose(chat, "Talk 2", "Unpin")
    expect(headings.get_by_text("Pinned")).to_have_count(0)
    expect(titles(chat)).to_have_text(["Talk 0", "Talk 1", "Talk 2"])

    chat.row("Talk 1").get_by_role("link").click()
    expect(chat.page.get_by_role("heading", level=1)).to_have_text("Talk 1")
    chat.page.get_by_role("button", name="Conversation menu").click()
    chat.page.get_by_role("menuitem", name="Archive", exact=True).click()
    for tab in (chat, other):
        expect(tab.row("Talk 1")).to_have_count(0)
    expect(chat.page.get_by_text("This conversation is archived.")).to_be_visible()
    expect(chat.page.get_by_role("heading", level=1)).to_have_text("Talk 1")

    other.page.locator("#account").click()
    other.page.get_by_role("menuitem", name="Archived conversations").click()
    archive = other.page.get_by_role("dialog", name="Archived conversations")
    archive.get_by_role("link", name="Talk 1").click()
    expect(archive).to_have_count(0)
    expect(other.page.get_by_text("This conversation is archived.")).to_be_visible()
    chat.page.reload()
    chat.page.get_by_role("button", name="Unarchive").click()
    for tab in (chat, other):
        expect(tab.row("Talk 1")).to_be_visible()
        expect(tab.page.get_by_text("This conversation is archived.")).to_be_hidden()

    choose(chat, "Talk 0", "Archive")
    expect(chat.row("Talk 1").get_by_role("link")).to_be_focused()  # the one below it
    chat.page.locator("#account").click()
    chat.page.get_by_role("menuitem", name="Archived conversations").click()
    archive = chat.page.get_by_role("dialog", name="Archived conversations")
    archive.get_by_role("checkbox", name="Select Talk 0").check()
    archive.get_by_role("checkbox", name="Select Talk 0").uncheck()
    expect(archive.get_by_role("button", name="Delete 1", exact=True)).to_be_hidden()
    archive.get_by_role("button", name="Unarchive Talk 0").click()
    expect(archive.get_by_text("Nothing is archived.")).to_be_visible()
    chat.page.keyboard.press("Escape")
    expect(chat.row("Talk 0")).to_be_visible()


def test_a_message_brings_an_archived_conversation_back(chat: Chat) -> None:
    chat.ask("Hello")
    chat.page.get_by_role("button", name="Conversation menu").click()
    chat.page.get_by_role("menuitem", name="Archive", exact=True).click()
    expect(chat.sidebar.get_by_role("listitem")).to_have_count(0)
    chat.ask("And again")
    expect(chat.sidebar.get_by_role("listitem")).to_have_count(1)
    expect(chat.page.get_by_text("This conversation is archived.")).to_be_hidden()


def test_a_conversation_is_downloaded_from_its_menu(chat: Chat) -> None:
    chat.ask("What is a download?")
    for name, extension, found in (("Markdown", "md", "## You"), ("JSON", "json", '"role":"user"')):
        chat.page.get_by_role("button", name="Conversation menu").click()
        with chat.page.expect_download() as started:
            chat.page.get_by_role("menuitem", name=f"Download as {name}").click()
        assert started.value.suggested_filename.endswith(f".{extension}")
        assert found in started.value.path().read_text()


def test_only_what_changed_is_drawn_again(open_context: Callable[..., BrowserContext], site: Served, key: str) -> None:
    chat = filled(open_context(key), site, key, 130, pinned=120)
    rows = chat.sidebar.get_by_role("listitem")
    expect(titles(chat).first).to_have_text("Talk 120")  # the first page has it
    expect(rows).to_have_count(51)
    chat.page.evaluate("() => { const list = document.querySelector('.sidebar .list'); list.scrollTop = list.scrollHeight; }")
    expect(rows).to_have_count(101)
    chat.page.evaluate(WATCH_ROWS)
    for title in ("Talk 3", "Talk 60"):
        chat.row(title).get_by_role("link").first.click()
        expect(chat.sidebar.locator("[aria-current=page]")).to_have_text(title)
    assert chat.page.evaluate("window.touched") == 0
    choose(chat, "Talk 60", "Pin")
    expect(chat.sidebar.get_by_role("listitem").first).to_have_text("Talk 60")
    # It goes from one list to the other, and of the lists between each hands one row on.
    assert chat.page.evaluate("window.touched") <= 8


def test_the_list_is_one_stop_and_arrows_move_in_it(open_context: Callable[..., BrowserContext], site: Served, key: str) -> None:
    chat = filled(open_context(key), site, key, 30)
    page = chat.page
    chat.sidebar.get_by_role("button", name="Search chats").focus()
    stops = []
    for _ in range(4):
        page.keyboard.press("Tab")
        stops.append(page.evaluate(FOCUSED))
    assert stops[:2] == ["Talk 0", "More for Talk 0"]
    assert not any("Talk" in stop for stop in stops[2:])
    page.keyboard.press("Shift+Tab")
    page.keyboard.press("Shift+Tab")
    page.keyboard.press("Shift+Tab")
    for pressed, focused in (
        ("ArrowDown", "Talk 1"),
        ("End", "Talk 29"),
        ("ArrowUp", "Talk 28"),
        ("Home", "Talk 0"),
        ("ArrowDown", "Talk 1"),
    ):
        page.keyboard.press(pressed)
        assert page.evaluate(FOCUSED) == focused
    page.keyboard.press("Tab")
    assert page.evaluate(FOCUSED) == "More for Talk 1"
    page.keyboard.press("ArrowDown")
    assert page.evaluate(FOCUSED) == "More for Talk 2"
    page.keyboard.press("Enter")
    expect(page.get_by_role("menuitem", name="Pin")).to_be_focused()
    page.keyboard.press("Enter")
    expect(chat.sidebar.get_by_role("listitem").first).to_have_text("Talk 2")
    expect(page.get_by_role("button", name="More for Talk 2", exact=True)).to_be_focused()  # where it went
    page.keyboard.press("Shift+Tab")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Talk 2")


def test_several_at_once(open_context: Callable[..., BrowserContext], site: Served, key: str) -> None:
    context = open_context(key)
    chat = filled(context, site, key, 6)
    other = Chat(context.new_page()).open()
    page, keyboard = chat.page, chat.page.keyboard
    choose(chat, "Talk 1", "Select several")
    count = chat.sidebar.get_by_role("status")
    expect(count).to_have_text("1 selected")
    chat.sidebar.get_by_role("checkbox", name="Talk 3").click()
    expect(count).to_have_text("2 selected")
    chat.sidebar.get_by_role("checkbox", name="Talk 0").focus()
    keyboard.press("Space")
    expect(chat.sidebar.get_by_role("checkbox", checked=True)).to_have_text(["Talk 0", "Talk 1", "Talk 3"])
    keyboard.press("Enter")
    expect(count).to_have_text("2 selected")
    page.get_by_role("button", name="Archive selected").click()
    for tab in (chat, other):
        expect(tab.sidebar.locator(".row")).to_have_text(["Talk 0", "Talk 2", "Talk 4", "Talk 5"])
    expect(chat.sidebar.get_by_role("checkbox")).to_have_count(0)

    choose(chat, "Talk 0", "Select several")
    page.get_by_role("button", name="Select all shown").click()
    expect(count).to_have_text("4 selected")
    chat.sidebar.get_by_role("checkbox", name="Talk 5").click()
    page.get_by_role("button", name="Delete selected").click()
    dialog = page.get_by_role("dialog", name="Delete 3 conversations?")
    dialog.get_by_role("button", name="Cancel").click()
    expect(count).to_have_text("3 selected")
    page.get_by_role("button", name="Delete selected").click()
    dialog.get_by_role("button", name="Delete").click()
    for tab in (chat, other):
        expect(tab.sidebar.locator(".row")).to_have_text(["Talk 5"])

    choose(chat, "Talk 5", "Select several")
    expect(count).to_have_text("1 selected")
    page.get_by_role("button", name="Pin selected").click()
    expect(chat.sidebar.get_by_role("heading").first).to_have_text("Pinned")
    choose(chat, "Talk 5", "Select several")
    expect(page.get_by_role("button", name="Pin selected", exact=True)).to_be_hidden()
    page.get_by_role("button", name="Unpin selected").click()
    expect(chat.sidebar.get_by_role("heading", name="Pinned")).to_have_count(0)
    choose(chat, "Talk 5", "Select several")
    expect(count).to_have_text("1 selected")
    keyboard.press("Escape")
    expect(chat.sidebar.get_by_role("checkbox")).to_have_count(0)
    expect(chat.row("Talk 5").get_by_role("link")).to_be_focused()


def test_several_are_unarchived_or_deleted_at_once(open_context: Callable[..., BrowserContext], site: Served, key: str) -> None:
    chat = filled(open_context(key), site, key, 7)
    page = chat.page
    choose(chat, "Talk 0", "Select several")
    page.get_by_role("button", name="Select all shown").click()
    looks = chat.sidebar.get_by_role("checkbox").first.locator(".tick").evaluate(TICK)
    page.get_by_role("button", name="Archive selected").click()
    expect(chat.sidebar.locator(".row")).to_have_count(0)
    page.locator("#account").click()
    page.get_by_role("menuitem", name="Archived conversations").click()
    archive = page.get_by_role("dialog", name="Archived conversations")
    box = lambda number: archive.get_by_role("checkbox", name=f"Select Talk {number}")  # noqa: E731
    box(1).click()
    box(3).click(modifiers=["Shift"])
    archive.get_by_role("button", name="Unarchive 3", exact=True).click()
    expect(chat.sidebar.locator(".row")).to_have_text(["Talk 1", "Talk 2", "Talk 3"])
    expect(archive.get_by_role("listitem")).to_have_count(4)
    for number in (0, 4, 5):
        box(number).click()
    assert archive.locator(".tick:has(:checked)").first.evaluate(TICK) == looks
    expect(archive.get_by_role("button", name="Delete 3", exact=True)).to_have_class("button danger")
    archive.get_by_role("button", name="Delete 3", exact=True).click()
    page.get_by_role("dialog", name="Delete 3 conversations?").get_by_role("button", name="Delete").click()
    expect(archive.get_by_role("listitem")).to_have_count(1)
    expect(archive.get_by_role("link")).to_contain_text("Talk 6")
    expect(chat.sidebar.locator(".row")).to_have_count(3)


def test_a_range_is_selected_with_shift_and_downloaded_as_one_file(
    open_context: Callable[..., BrowserContext], site: Served, key: str
) -> None:
    chat = filled(open_context(key), site, key, 8)
    page = chat.page
    box = lambda number: chat.sidebar.get_by_role("checkbox", name=f"Talk {number}")  # noqa: E731
    choose(chat, "Talk 4", "Select several")
    box(2).click(modifiers=["Shift"])
    expect(chat.sidebar.get_by_role("checkbox", checked=True)).to_have_text(["Talk 2", "Talk 3", "Talk 4"])
    box(6).focus()
    page.keyboard.press("Shift+Space")
    expect(chat.sidebar.get_by_role("checkbox", checked=True)).to_have_count(5)
    box(3).click()
    assert page.evaluate("getSelection().toString()") == ""
    page.get_by_role("button", name="Download selected").click()
    page.keyboard.press("Escape")  # closes the menu only
    expect(page.get_by_role("menu")).to_have_count(0)
    for name, extension in (("Markdown", "md"), ("JSON", "json")):
        page.get_by_role("button", name="Download selected").click()
        with page.expect_download() as started:
            page.get_by_role("menuitem", name=f"Download as {name}").click()
        assert started.value.suggested_filename.endswith("Conversations.zip")
        with zipfile.ZipFile(started.value.path()) as zipped:
            assert [found[11:] for found in zipped.namelist()] == [f"Talk {number}.{extension}" for number in (2, 4, 5, 6)]
    expect(chat.sidebar.get_by_role("status")).to_have_text("4 selected")


def test_a_refused_download_leaves_the_page_and_says_why(open_context: Callable[..., BrowserContext], site: Served, key: str) -> None:
    chat = filled(open_context(key), site, key, 2)
    page = chat.page
    site.run(DELETE.format(key=key))
    for status, why in ((404, "deleted."), (401, "You are signed out. Sign in again.")):
        if status == 401:
            page.context.clear_cookies(name="sessionid")
        choose(chat, "Talk 1", "Download as JSON")
        expect(page.get_by_role("alert")).to_contain_text(why)
        page.get_by_role("alert").get_by_role("button", name="Close").click()
        choose(chat, "Talk 1", "Select several")
        page.get_by_role("button", name="Download selected").click()
        page.get_by_role("menuitem", name="Download as Markdown").click()
        expect(page.get_by_role("alert")).to_contain_text(why)
        expect(chat.sidebar.get_by_role("status")).to_have_text("1 selected")
        page.get_by_role("alert").get_by_role("button", name="Close").click()
        page.get_by_role("button", name="End selecting").click()


def test_the_open_conversation_is_renamed_where_its_title_stands(chat: Chat) -> None:
    chat.ask("To be renamed")
    expect(chat.row(TITLE)).to_be_visible()  # which comes a little later
    menu = chat.page.get_by_role("button", name="Conversation menu")
    field = chat.page.get_by_role("main").get_by_role("textbox", name="Title")
    for pressed, title in (("Escape", TITLE), ("Enter", "In my words")):
        menu.click()
        chat.page.get_by_role("menuitem", name="Rename").click()
        expect(field).to_be_focused()
        expect(field).to_have_value(TITLE)
        field.fill("In my words")
        field.press(pressed)
        expect(field).to_have_count(0)
        expect(chat.page.get_by_role("heading", level=1)).to_have_text(title)
        expect(chat.row(title)).to_be_visible()
        expect(menu).to_be_focused()


def test_the_sidebar_is_passed_over_or_folded_away(chat: Chat) -> None:
    page = chat.page
    skip = page.get_by_role("link", name="Skip to conversation")
    skip.focus()
    expect(skip).to_be_in_viewport()
    before = page.url
    page.keyboard.press("Enter")
    expect(page.locator("#conversation")).to_be_focused()
    assert page.url == before

    page.get_by_role("button", name="Hide the sidebar").click()
    expect(chat.sidebar).to_be_hidden()
    unfold = page.get_by_role("button", name="Conversations")
    expect(unfold).to_be_focused()
    page.reload()
    expect(chat.composer).to_be_visible()
    expect(chat.sidebar).to_be_hidden()
    unfold.click()
    expect(chat.sidebar).to_be_visible()
    expect(page.get_by_role("button", name="Hide the sidebar")).to_be_focused()
    chat.composer.focus()
    page.keyboard.press("Control+Shift+S")
    expect(chat.sidebar).to_be_hidden()
    expect(chat.composer).to_be_focused()
    page.keyboard.press("Control+Shift+S")
    expect(chat.sidebar).to_be_visible()


def test_keys_are_named_as_they_are_on_a_mac(open_context: Callable[..., BrowserContext], key: str) -> None:
    context = open_context(key)
    context.add_init_script("Object.defineProperty(navigator, 'platform', { value: 'MacIntel' })")
    chat = Chat(context.new_page()).open()
    expect(chat.sidebar.locator(".new kbd")).to_have_text(["⇧ ⌘ O", "⌘ K"])
