"""The admin of providers in a browser: entered, tested, filled with models; and axe finds nothing on any of its pages."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.support.axe import findings
from tests.support.scripted_openai import ScriptedOpenAI
from tests.support.serving import Served

KEY = "sk-browser-0123456789abcdef"
MAKE_ATTEMPTS = """
import json
from django.utils import timezone
from conversations.models import Attempt, Conversation, Message, Provider, Role, User
owner, now = User.objects.get(username="person0"), timezone.now()
conversation = Conversation.objects.create(owner=owner, updated=now)
reply = Message.objects.create(conversation=conversation, owner=owner, role=Role.ASSISTANT)
provider = Provider.objects.get(name="Browser house")
for number, outcome in ((1, "rate_limit"), (2, "ok")):
    attempt = Attempt.objects.create(
        recorded=now, started=now, number=number, final=outcome == "ok", outcome=outcome, duration_ms=1234, first_token_ms=321, reply=reply,
        owner=owner, provider=provider, key=provider.keys.first(), model="seer", input_tokens=1200, output_tokens=340, cost=12_345_000,
    )
print("IDS" + json.dumps([str(attempt.pk), str(reply.pk)]))
"""


def findings_inside(page: Page) -> list[str]:
    """Without the header and the sidebar, which all pages have, half of what most consist of: these are looked at once."""
    return findings(page, without=("#header", "#nav-sidebar", "#toggle-nav-sidebar"))


@pytest.fixture
def server() -> Iterator[ScriptedOpenAI]:
    with ScriptedOpenAI.in_thread(api_key=KEY) as server:
        server.models = [{"id": f"maker-{number % 7}/model-{number}", "context_length": 8192} for number in range(60)] + ["gpt-5.4-mini"]
        yield server


@pytest.fixture(autouse=True)
def _disabled_at_the_end(site: Served) -> Iterator[None]:
    """Other tests share the site: their questions must not go to a provider that is gone."""
    yield
    site.rows("UPDATE conversations_provider SET enabled = false WHERE name = 'Browser house'")


@pytest.fixture
def page(open_context: Callable[..., BrowserContext], admin_key: str) -> Page:
    return open_context(admin_key).new_page()


@pytest.mark.timeout(240)  # the whole way, with axe on each of its pages
def test_a_provider_from_its_key_to_its_models(page: Page, server: ScriptedOpenAI, site: Served) -> None:
    page.goto("/admin/conversations/provider/add/")
    assert findings(page) == []  # with the header and the sidebar that all pages have
    page.get_by_label("Name:", exact=True).fill("Browser house")
    page.get_by_label("Base URL:").fill(f"{server.base_url}/")
    page.locator("#id_keys-0-label").fill("main")
    secret = page.locator("#id_keys-0-secret")
    expect(secret).to_have_attribute("type", "password")
    expect(secret).to_have_attribute("autocomplete", "off")
    secret.fill(KEY)
    page.get_by_role("button", name="Save and continue editing").click()
    expect(page.get_by_label("Enabled", exact=True).first).not_to_be_checked()
    expect(page.locator("#id_keys-0-secret")).to_have_value("")
    expect(page.locator("#id_keys-0-secret")).to_have_attribute("placeholder", "…cdef")
    assert KEY not in page.content()
    assert findings_inside(page) == []

    page.get_by_role("button", name="Save and test").click()
    expect(page.get_by_text("All is well.")).to_be_visible(timeout=25_000)
    expect(page.locator(".finding.is-well")).to_have_count(5)
    assert findings_inside(page) == []
    page.get_by_role("button", name="Enable it").click()
    expect(page.locator(".messagelist .success")).to_have_text("“Browser house” is enabled.")

    page.get_by_role("button", name="Fetch models").click()
    rows = page.locator(".offers-table tbody tr")
    expect(rows).to_have_count(61)
    page.locator(".offers-filter").fill("maker-3 model-1")
    expect(page.locator(".offers-count")).to_have_text(re.compile(r"^\d+ of 61 shown, 0 selected$"))
    shown = page.locator(".offers-table tbody tr:visible").count()
    assert 0 < shown < 30
    page.get_by_label("Select all shown").check()
    expect(page.locator(".offers-count")).to_have_text(f"{shown} of 61 shown, {shown} selected")
    page.get_by_label("Select all shown").uncheck()
    page.locator(".offers-filter").fill("gpt")
    page.locator(".offers-filter").press("Enter")
    page.get_by_label("gpt-5.4-mini").check()
    page.locator(".offers-filter").fill("-5")
    expect(page.locator(".offers-count")).to_have_text("18 of 61 shown, 1 selected")
    assert findings_inside(page) == []  # which looks at each row; those that are hidden now are like these
    page.locator(".offers-filter").fill("")
    page.get_by_role("button", name="Add selected models").click()
    expect(page.locator(".messagelist .success")).to_have_text("Added gpt-5.4-mini.")
    assert findings_inside(page) == []
    page.get_by_role("link", name="gpt-5.4-mini").click()
    assert findings_inside(page) == []

    server.api_key = "another"
    page.goto("/admin/conversations/provider/")
    assert findings_inside(page) == []
    page.get_by_role("link", name="Browser house").click()
    page.get_by_role("button", name="Save and test").click()
    expect(page.locator(".finding.is-wrong").first).to_contain_text("Enter a valid key", timeout=25_000)
    assert findings_inside(page) == []
    page.reload()  # sends the form no second time
    provider_page = page.url
    expect(page.get_by_label("Name:", exact=True)).to_have_value("Browser house")

    ids = json.loads(site.run(MAKE_ATTEMPTS).split("IDS")[1])
    for path in ("apikey/add/", "model/add/", "attempt/", f"attempt/{ids[0]}/change/", f"message/{ids[1]}/change/", "apikey/"):
        page.goto(f"/admin/conversations/{path}")
        assert findings_inside(page) == [], path
    page.get_by_role("link", name="main", exact=True).click()
    assert findings_inside(page) == []
    page.goto(provider_page)
    page.get_by_role("link", name="Delete").click()
    expect(page.get_by_text("disable it instead")).to_be_visible()
    assert findings_inside(page) == []
