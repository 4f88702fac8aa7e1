"""The charts of a prompt mark where another version went live, and the pointer gets it in words."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import BrowserContext, expect

from conversations.models import SystemPrompt
from tests.support import ledger
from tests.support.axe import findings

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
HEAR = """
window.written = [];
const { fillText } = CanvasRenderingContext2D.prototype;
CanvasRenderingContext2D.prototype.fillText = function (text, ...rest) {
  window.written.push(text);
  return fillText.call(this, text, ...rest);
};
"""


def test_charts_have_marks(contexts: Callable[[], BrowserContext], prompt: SystemPrompt) -> None:
    version = prompt.publish(text="Another one")
    ledger.attempt(timezone.now(), prompt_version=version, first_token_ms=500)
    page = contexts().new_page()
    page.add_init_script(HEAR)
    page.goto(reverse("admin:conversations_systemprompt_statistics", args=[prompt.pk]))
    page.wait_for_function(f"() => window.written.includes('v{version.number}')")
    plot = page.locator(".plot").first
    box = plot.locator(".u-over").bounding_box()
    assert box
    page.mouse.move(box["x"] + box["width"] - 3, box["y"] + box["height"] / 2)
    expect(plot.locator(".tip")).to_contain_text(f"version {version.number}")
    assert findings(page) == []
