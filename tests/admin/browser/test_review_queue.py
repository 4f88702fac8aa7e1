"""An answer with a thumb down is reviewed in Chromium: from the first page to the next one, and to a case in two clicks."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.utils import timezone
from playwright.sync_api import BrowserContext, expect

from conversations.models import Conversation, Message, ReviewItem, ReviewReason, Role, SystemPrompt, User, text_part
from tests.support.axe import findings

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def answers(alice: User, prompt: SystemPrompt, settings: Any) -> list[Message]:
    settings.ADMIN_READS_CONVERSATIONS = True
    made = []
    for moon in ("Europa", "Titan"):
        conversation = Conversation.objects.create(owner=alice, title=moon, prompt=prompt, updated=timezone.now())
        said = {"conversation": conversation, "owner": alice}
        question = Message.objects.create(role=Role.USER, parts=[text_part(f"How far is {moon}?")], **said)
        answer = Message.objects.create(
            role=Role.ASSISTANT, parent=question, parts=[text_part(f"{moon} is far.")], prompt_version=prompt.published, **said
        )
        ReviewItem.objects.create(message=answer, reason=ReviewReason.THUMB)
        made.append(answer)
    return made


def test_answers_are_reviewed_one_after_the_other(contexts: Callable[[], BrowserContext], answers: list[Message]) -> None:
    page = contexts().new_page()
    page.set_viewport_size({"width": 390, "height": 844})
    page.goto("/admin/")
    page.get_by_role("link", name="2 answers to review").click()
    page.get_by_role("button", name="Review the next").click()
    marked = page.get_by_role("article", name="The answer in question")
    expect(marked).to_contain_text("Europa is far.")
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert findings(page) == []
    page.get_by_role("link", name="To what comes of it").click()
    page.get_by_label("The prompt should change").check()
    page.get_by_label("Note").fill("Name the distance.")
    page.get_by_role("button", name="Done, next").click()
    expect(marked).to_contain_text("Titan is far.")
    page.get_by_role("button", name="Skip").click()
    expect(marked).to_contain_text("Titan is far.")  # nothing else is open
    marked.get_by_role("button", name="Make a case").click()
    page.get_by_role("button", name="Save the case").click()
    expect(page.get_by_text("The case is there.")).to_be_visible()
    assert ReviewItem.objects.get(message=answers[0]).note == "Name the distance."
