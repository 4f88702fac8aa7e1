"""A warning in time, once; and a refusal that keeps the typed message."""

from __future__ import annotations

import time

import pytest
from playwright.sync_api import expect

from tests.support import forgiving_serve
from tests.support.scripted_openai import Finish
from tests.support.serving import Served

from .chat import Chat
from .provider import Provider

LIMIT = """
from conversations.models import Limit, User
from conversations.usage.budgets import recounting
Limit.objects.create(person=User.objects.get(pk={user!r}), monthly_tokens={tokens})
recounting.changed()
"""

GRANT = """
from conversations.models import Grant, User
from conversations.usage.budgets import months, recounting
Grant.objects.create(person=User.objects.get(pk={user!r}), month=months.current(), tokens={tokens})
recounting.changed()
"""


@pytest.fixture
def limit(site: Served, chat: Chat):
    def set_to(tokens: int) -> None:
        user = chat.page.evaluate("JSON.parse(document.getElementById('page').textContent).user.id")
        site.run(LIMIT.format(user=user, tokens=tokens))
        time.sleep(forgiving_serve.READ_AGAIN)

    return set_to


@pytest.fixture
def grant(site: Served, chat: Chat):
    def more(tokens: int) -> None:
        user = chat.page.evaluate("JSON.parse(document.getElementById('page').textContent).user.id")
        site.run(GRANT.format(user=user, tokens=tokens))
        time.sleep(forgiving_serve.READ_AGAIN)

    return more


def usage(tokens: int) -> Finish:
    return Finish("stop", {"input_tokens": 0, "cached_tokens": 0, "output_tokens": tokens, "reasoning_tokens": 0})


def test_a_warning_comes_by_itself_once_and_a_refusal_keeps_the_text(chat: Chat, provider: Provider, limit) -> None:
    limit(20_000)
    warning, problem = chat.page.locator("#budget"), chat.page.locator("#problem")
    provider.says("First", "Here you are.", usage(15_000))
    provider.says("Second", "And again.", usage(1_500))
    provider.says("Third", "Once more.", usage(4_000))
    chat.ask("First")
    expect(warning).to_be_hidden()
    chat.ask("Second")
    expect(warning).to_contain_text("82 % of this month’s budget of 20,000 tokens")
    expect(warning).to_contain_text("It resets on 1 ")
    warning.get_by_role("button", name="Close").click()
    expect(warning).to_be_hidden()
    chat.page.reload()
    expect(chat.answers).to_have_count(2)
    expect(warning).to_be_hidden()
    chat.ask("Third")
    expect(warning).to_contain_text("all of this month’s budget")  # the next level
    warning.get_by_role("button", name="Close").click()

    chat.send("Fourth, with a long thought in it")
    expect(problem).to_contain_text("You have used this month’s budget of 20,000 tokens.")
    expect(problem).to_contain_text("an administrator can give you more.")
    expect(chat.composer).to_have_value("Fourth, with a long thought in it")
    expect(chat.questions).to_have_count(3)
    expect(chat.page.get_by_role("button", name="Send")).to_be_enabled()
    chat.page.reload()
    expect(chat.composer).to_have_value("Fourth, with a long thought in it")
    assert provider.asked("Fourth, with a long thought in it") == 0  # nor is it sent again by itself


def test_a_warning_goes_when_more_was_granted(chat: Chat, provider: Provider, limit, grant) -> None:
    limit(20_000)
    warning = chat.page.locator("#budget")
    provider.says("First", "Here you are.", usage(20_000))
    provider.says("Second", "And again.", usage(10))
    chat.ask("First")
    expect(warning).to_contain_text("all of this month’s budget")
    grant(100_000)
    chat.ask("Second")
    expect(warning).to_be_hidden()


def test_a_refused_edit_and_a_refused_other_answer_leave_all_as_it_was(chat: Chat, provider: Provider, limit) -> None:
    provider.says("Question", "Answer.", usage(10))
    chat.ask("Question")
    limit(20)
    problem = chat.page.locator("#problem")
    chat.act(chat.question, "Edit message")
    field = chat.page.get_by_role("textbox", name="Edit message")
    field.fill("Question in better words")
    field.press("Enter")
    expect(problem).to_contain_text("20 tokens")
    expect(chat.question).to_contain_text("Question")
    expect(chat.answer).to_contain_text("Answer.")
    expect(chat.page.locator(".composer textarea")).to_have_value("Question in better words")
    chat.page.locator("#problem").get_by_role("button", name="Close").click()
    chat.act(chat.answer, "Regenerate")
    expect(problem).to_contain_text("20 tokens")
    expect(chat.answers).to_have_count(1)
    expect(chat.answer).to_contain_text("Answer.")
    expect(chat.page.get_by_role("button", name="Stop", exact=True)).to_have_count(0)
