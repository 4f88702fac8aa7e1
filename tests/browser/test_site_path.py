"""Below a path of its host everything works as at its root, and another site on that host is left alone."""

import re
import shutil
from collections.abc import Iterator
from contextlib import ExitStack
from urllib.parse import urlsplit
from urllib.request import Request, urlopen

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.support.proxy import nginx_below_paths
from tests.support.running_chromium import PATIENCE_MS
from tests.support.serving import Served, Serving
from tests.support.template import session_key

from .chat import Chat
from .provider import TITLE, Provider
from .watched_contexts import WATCH_POLICY

pytestmark = pytest.mark.skipif(shutil.which("nginx") is None, reason="needs nginx, which `make test` installs")

PASSWORD = "correct horse battery"


@pytest.fixture(scope="module")
def sites(provider: Provider) -> Iterator[tuple[str, Served, Served]]:
    """The host's address, and what nginx has below /chat/ and /team/talk/ there; the latter's requests come without the path."""
    with ExitStack() as ending:
        serving = Serving()
        ending.callback(serving.end)
        chat, talk = (
            serving(provider.server.base_url, OPENAI_API="chat_completions", SITE_PATH=path, SITE_NAME=name)
            for path, name in (("/chat/", "Chat"), ("team/talk", "Talk"))
        )
        yield ending.enter_context(nginx_below_paths({"/chat/": chat.port}, {"/team/talk/": talk.port})), chat, talk


@pytest.fixture
def page(browser: Browser, sites: tuple[str, Served, Served]) -> Iterator[Page]:
    """In a new browser. Nothing outside of the two paths is asked for, and every answer is good."""
    address, _, _ = sites
    trouble: list[str] = []
    context = browser.new_context(base_url=address)
    context.set_default_timeout(PATIENCE_MS)
    context.add_init_script(WATCH_POLICY)
    context.on("request", lambda request: None if _is_below(request.url, address) else trouble.append(request.url))
    context.on("response", lambda response: None if response.status < 400 else trouble.append(f"{response.status} {response.url}"))
    context.on("weberror", lambda error: trouble.append(str(error.error)))
    page = context.new_page()
    yield page
    trouble += page.evaluate("window.brokenRules ?? []")
    context.close()
    assert trouble == []


def _is_below(url: str, address: str) -> bool:
    parts = urlsplit(url)
    return parts.scheme in ("data", "blob") or (f"http://{parts.netloc}" == address and parts.path.startswith(("/chat/", "/team/talk/")))


def become_first_admin(page: Page, site: Served, name: str) -> None:
    page.goto(urlsplit(site.wait_for(r"(http://\S+/welcome/\S+)").group(1)).path)
    page.get_by_label("Username").fill(name)
    page.get_by_label("Email").fill(f"{name}@example.org")
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.locator("button.primary").click()


def path_of(page: Page) -> str:
    return urlsplit(page.url).path


def test_a_person_signs_in_chats_reloads_and_opens_the_admin(page: Page, sites: tuple[str, Served, Served], provider: Provider) -> None:
    address, site, other = sites
    provider.says("Where are we?", "Below a path.")
    become_first_admin(page, site, "owner")
    chat = Chat(page)
    expect(chat.composer).to_be_visible()
    assert path_of(page) == "/chat/"

    expect(chat.ask("Where are we?")).to_contain_text("Below a path.")
    expect(page).to_have_url(re.compile(r"/chat/c/[0-9a-f-]{36}/$"))
    conversation = path_of(page)
    expect(chat.row(TITLE)).to_be_visible()
    page.reload()
    expect(chat.answer).to_contain_text("Below a path.")
    chat.sidebar.get_by_role("link", name="New chat").last.click()
    expect(chat.answers).to_have_count(0)
    assert path_of(page) == "/chat/"
    page.go_back()
    expect(chat.answer).to_contain_text("Below a path.")
    assert path_of(page) == conversation
    chat.row(TITLE).hover()
    chat.row(TITLE).get_by_role("button").click()
    page.get_by_role("menuitem", name="Rename").click()
    expect(chat.sidebar.get_by_role("textbox", name="Title")).to_be_focused()
    page.keyboard.type("Renamed here")
    page.keyboard.press("Enter")
    expect(chat.row("Renamed here")).to_be_visible()

    page.get_by_role("button", name="Account").click()
    page.get_by_role("menuitem", name="Administration").click()
    page.get_by_role("link", name="Providers").first.click()
    assert path_of(page) == "/chat/admin/conversations/provider/"
    page.get_by_role("link", name="Open the chat").click()
    expect(chat.composer).to_be_visible()

    become_first_admin(page, other, "neighbour")
    expect(chat.composer).to_be_visible()
    assert path_of(page) == "/team/talk/"
    expect(chat.ask("Where are we?")).to_contain_text("Below a path.")
    page.goto(conversation)
    expect(chat.answer).to_contain_text("Below a path.")
    assert {cookie["path"] for cookie in page.context.cookies()} == {"/chat", "/team/talk"}

    page.get_by_role("button", name="Account").click()
    page.get_by_role("menuitem", name="Sign out").click()
    expect(page.get_by_role("link", name="Forgot")).to_be_visible()
    assert path_of(page) == "/chat/accounts/login/"
    page.goto(conversation)
    page.get_by_label("Username").fill("owner")
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.locator("button.primary").click()
    expect(chat.answer).to_contain_text("Below a path.")
    assert path_of(page) == conversation
    page.goto("/team/talk/")
    expect(chat.composer).to_be_visible()


def test_a_mail_leads_below_the_path(page: Page, sites: tuple[str, Served, Served]) -> None:
    _, site, _ = sites
    site.manage(
        "shell", "-c", "from conversations.models import User; User.objects.filter(username='alice').update(email='alice@example.org')"
    )
    page.goto("/chat/accounts/password/reset/")
    page.get_by_label("Email").fill("alice@example.org")
    page.locator("button.primary").click()
    # Without SITE_URL a port where the server doesn't listen itself is not in mails.
    link = site.wait_for(r"http://127\.0\.0\.1(/chat/accounts/password/reset/key/\S+)").group(1)
    page.goto(link)
    expect(page.get_by_label("New password").first).to_be_visible()


@pytest.mark.parametrize("path", ["/healthz", "/readyz", "/chat/healthz", "/chat"])
def test_monitors_may_ask_with_and_without_the_path(sites: tuple[str, Served, Served], path: str) -> None:
    _, site, _ = sites
    with urlopen(f"http://127.0.0.1:{site.port}{path}") as answer:
        assert answer.status == 200


def test_a_client_s_word_for_the_path_counts_for_nothing(sites: tuple[str, Served, Served], site: Served) -> None:
    below, at_the_root = f"http://127.0.0.1:{sites[1].port}/chat/", f"{site.address}/"
    for address in (below, at_the_root):
        with urlopen(Request(address, headers={"Daphne-Root-Path": "//evil.example"})) as answer:
            assert answer.url.startswith(f"{address}accounts/login/")
            assert "evil" not in answer.read().decode()


def test_the_way_around_blocked_websockets_stays_below_it(page: Page, sites: tuple[str, Served, Served], provider: Provider) -> None:
    page.context.add_cookies([{"name": "sessionid_chat", "value": session_key("person1"), "domain": "127.0.0.1", "path": "/chat/"}])
    page.add_init_script("WebSocket = class extends WebSocket { constructor(url) { super(url.replace('/ws/', '/no-socket/')); } }")
    provider.says("The long way?", "It is no detour.")
    chat = Chat(page).open("/chat/")
    expect(page.locator("#slower")).to_be_visible()
    expect(chat.ask("The long way?")).to_contain_text("It is no detour.")
    expect(chat.row(TITLE)).to_be_visible()
