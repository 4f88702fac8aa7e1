"""The first page in a real browser: its buttons act and lead back, and axe finds nothing where everything is wrong, nor on a new site."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connections
from django.utils import timezone
from playwright.sync_api import BrowserContext, expect

from conversations.models import ApiKey, Model, Provider
from conversations.routing import catalog
from tests.support.admin_pages import KEY, provider_at
from tests.support.axe import findings
from tests.support.circuits import open_now

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def troubled_site(db: None) -> None:
    provider = provider_at("http://127.0.0.1:1/v1", KEY, priority=1)
    Model.objects.create(provider=provider, name="big")
    ApiKey.objects.update(refused=timezone.now(), trouble="key", trouble_status=401)
    with ThreadPoolExecutor(1) as thread:  # in this one Playwright's event loop counts as running
        thread.submit(open_now, (str(provider.pk), "big")).result()
        thread.submit(connections.close_all).result()
    Provider.objects.create(name="Empty", base_url="http://127.0.0.1:1/v1")
    catalog.forget()


def test_it_leads_from_what_is_wrong_to_what_is_not(troubled_site: None, contexts: Callable[[], BrowserContext]) -> None:
    page = contexts().new_page()
    page.goto("/admin/")
    expect(page.locator(".problem")).to_have_count(4)
    expect(page.locator(".step")).to_have_count(3)
    assert findings(page) == []
    page.get_by_role("button", name="Use again").click()
    expect(page.locator(".messagelist .success")).to_contain_text("is used again from now on")
    expect(page.locator(".problem")).to_have_count(3)
    page.locator(".problem", has_text="big at House").get_by_role("button", name="Test connection").click()
    expect(page.get_by_role("heading", name="Connection to “House”")).to_be_visible()
    expect(page.get_by_text("1 problem found.")).to_be_visible()
