"""The playground: several columns answer one conversation at once, over the real pipeline, and what is good is taken further."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import BrowserContext, Locator, Page, expect

from tests.support.axe import findings
from tests.support.jobs import until
from tests.support.scripted_openai import Answer, Finish, Reasoning, Request, Text, failure
from tests.support.serving import Served

from .provider import Provider

KEPT = "Object.keys(localStorage).filter((key) => key.endsWith(':playground')).length"
FORGET = "Object.keys(localStorage).forEach((key) => key.endsWith(':playground') && localStorage.removeItem(key))"
MADE = """
from conversations.models import SystemPrompt
prompt = SystemPrompt.objects.create(slug="tides", name="Tides")
for text in ("You are brief.", "You are kind.", "You are thorough."):
    prompt.publish(text=text, starters=["What makes the tides?"])
print(prompt.pk)
"""
DRAFT = "from conversations.models import PromptDraft; print(PromptDraft.objects.get(prompt__slug='tides').text)"


@pytest.fixture(scope="module")
def prompt(site: Served) -> str:
    """Its id."""
    return site.run(MADE).strip()


@pytest.fixture
def page(open_context: Callable[..., BrowserContext], admin_key: str, prompt: str) -> Iterator[Page]:
    page = open_context(admin_key).new_page()
    yield opened(page, prompt)
    page.evaluate(FORGET)


def opened(page: Page, prompt: str) -> Page:
    page.goto(f"/admin/conversations/systemprompt/{prompt}/playground/")
    expect(page.locator(".column")).not_to_have_count(0)
    return page


def column(page: Page, name: str) -> Locator:
    return page.get_by_role("region", name=name, exact=True)


def three(page: Page) -> None:
    """Of three versions."""
    for number in (2, 1):
        page.locator(".column").last.get_by_role("button", name="Duplicate").click()
        page.locator(".column").last.get_by_label("What is tried").select_option(label=f"Version {number}")
    expect(page.locator(".column")).to_have_count(3)


def by_system(provider: Provider, **answers: Answer) -> None:
    """An answer for each system prompt, by the last word of it."""

    def answer(request: Request) -> Answer | None:
        return answers.get(request.system.rstrip(".").rpartition(" ")[2])

    provider.server.answer_with = answer


@pytest.fixture(autouse=True)
def _as_before(provider: Provider) -> Iterator[None]:
    yield
    provider.server.answer_with = provider._answer


def test_three_columns_stream_at_once_and_one_is_stopped(page: Page, provider: Provider, site: Served) -> None:
    gate, hold = provider.gate()
    steps = (Reasoning("Hm. "), Text("The **Moon** "), hold, Text("does."), Finish())
    by_system(provider, thorough=Answer(steps=steps), kind=Answer(steps=steps), brief=failure(404, "No such model", code="model_not_found"))
    before = len(provider.server.streams)
    attempts = "SELECT id, outcome FROM conversations_attempt WHERE purpose = 'trial' AND final ORDER BY outcome"
    earlier = site.rows(attempts)
    three(page)
    page.get_by_label("User, message 1", exact=True).fill("What makes the neap tides?")
    page.keyboard.press("Control+Enter")
    for name in ("A", "B"):
        expect(column(page, name).locator(".message strong")).to_have_text("Moon")
        expect(column(page, name)).to_contain_text("Writing…")
    failed = column(page, "C")
    expect(failed).to_contain_text("This model isn’t available right now. Please tell an administrator.")
    failed.get_by_text("What the provider said").click()
    expect(failed).to_contain_text("No such model")
    column(page, "B").get_by_role("button", name="Stop", exact=True).click()
    expect(column(page, "B")).to_contain_text("Stopped.")
    expect(column(page, "B").locator(".figures")).to_contain_text("about")  # what it took is estimated
    expect(column(page, "A")).to_have_attribute("data-status", "running")
    stopped = next(request for request in provider.server.streams[before:] if request.system == "You are kind.")
    assert stopped.gone.wait(30), "It goes on at the provider."
    gate.open()
    expect(column(page, "A").locator(".figures")).to_contain_text(re.compile(r"First token[\d.]+ s.*Total[\d.]+ s.*Read11.*Written7"))
    expect(column(page, "A").locator(".message")).to_contain_text("The Moon does.")
    expect(page.get_by_role("button", name="Stop all")).to_be_disabled()
    page.get_by_label("Plain text").check()
    expect(column(page, "A").locator(".as-written")).to_have_text("The **Moon** does.")
    assert [row[1] for row in site.rows(attempts) if row not in earlier] == ["model", "ok", "stopped"]
    assert site.rows("SELECT count(*) FROM conversations_message WHERE parts LIKE %s", "%neap%") == [(0,)]
    assert findings(page) == []


def test_an_answer_is_taken_into_the_conversation_which_outlives_a_reload(page: Page, provider: Provider) -> None:
    provider.says("What makes the tides?", "The Moon.")
    provider.says("And the Sun?", "It helps.")
    page.get_by_label("Start from").select_option(label="What makes the tides?")
    column(page, "A").get_by_role("button", name="Run", exact=True).click()
    column(page, "A").get_by_role("button", name="Use this answer").click()
    expect(page.get_by_label("Assistant, message 2", exact=True)).to_have_value("The Moon.")
    question = page.get_by_label("User, message 3", exact=True)
    expect(question).to_be_focused()
    question.press("Control+Enter")
    expect(page.locator(".conversation .said")).to_have_text("Write a message of the user first: it is what the columns answer.")
    question.fill("And the Sun?")
    question.press("Control+Enter")
    expect(column(page, "A").locator(".message")).to_have_text("It helps.")
    asked = [request for request in provider.server.streams if request.question == "And the Sun?"][-1].body["messages"]
    assert [one["content"] for one in asked[1:]] == ["What makes the tides?", "The Moon.", "And the Sun?"]
    page.reload()
    expect(page.get_by_label("Assistant, message 2", exact=True)).to_have_value("The Moon.")
    expect(column(page, "A").locator(".message")).to_have_text("It helps.")
    expect(column(page, "A").locator(".figures")).to_contain_text("Written")
    page.get_by_role("button", name="Remove message 3").click()
    page.get_by_role("button", name="Assistant, message 2: change who says this").click()
    expect(page.get_by_label("User, message 2", exact=True)).to_have_value("The Moon.")
    page.get_by_role("button", name="Add a message").click()
    expect(page.get_by_label("Assistant, message 3", exact=True)).to_be_focused()
    assert page.evaluate(KEPT) == 1


def test_a_double_click_or_a_held_key_does_nothing_twice(page: Page, provider: Provider) -> None:
    before = len(provider.server.streams)
    page.get_by_label("User, message 1", exact=True).fill("What makes the tides?")
    use = column(page, "A").get_by_role("button", name="Use this answer")

    def held_key() -> None:
        page.keyboard.down("Control")
        for _ in range(3):
            page.keyboard.down("Enter")
        page.keyboard.up("Enter")
        page.keyboard.up("Control")

    run = column(page, "A").get_by_role("button", name="Run", exact=True)
    for number, begin in enumerate((run.dblclick, page.get_by_role("button", name="Run all").dblclick, held_key), 1):
        gate, hold = provider.gate()
        by_system(provider, thorough=Answer(steps=(Text(f"Answer {number}"), hold, Text("."), Finish())))
        begin()
        expect(column(page, "A").locator(".message")).to_contain_text(f"Answer {number}")
        expect(column(page, "A")).to_have_attribute("data-status", "running")
        gate.open()
        expect(use).to_be_visible()
        assert len(provider.server.streams) == before + number
    use.dblclick()
    expect(page.locator(".turns textarea")).to_have_count(3)


def test_what_was_not_sent_yet_is_stopped_and_an_idle_tab_undoes_nothing(page: Page, prompt: str) -> None:
    silent = page.context.new_page()
    silent.route_web_socket(re.compile("."), lambda _: None)  # it is open, and nothing ever comes
    opened(silent, prompt)
    question = page.get_by_label("User, message 1", exact=True)
    question.fill("What makes the tides?")
    until(lambda: page.evaluate("Object.values(localStorage).some((kept) => kept.includes('What makes the tides?'))"))
    silent.goto("about:blank")
    page.reload()
    expect(question).to_have_value("What makes the tides?")
    opened(silent, prompt)
    one = column(silent, "A")
    one.get_by_role("button", name="Run", exact=True).click()
    expect(one).to_contain_text("Waiting…")
    one.get_by_role("button", name="Stop", exact=True).click()
    expect(one).to_contain_text("Stopped.")
    expect(silent.get_by_role("button", name="Stop all")).to_be_disabled()
    silent.close()


def test_a_conversation_that_another_one_replaced_is_brought_back(page: Page) -> None:
    question = page.get_by_label("User, message 1", exact=True)
    question.fill("Half an hour of work")
    page.get_by_label("Start from").select_option(label="What makes the tides?")
    expect(question).to_have_value("What makes the tides?")
    page.get_by_role("button", name="Bring it back").click()
    expect(question).to_have_value("Half an hour of work")
    expect(question).to_be_focused()


def test_a_closed_page_ends_what_it_tries_at_the_provider(page: Page, provider: Provider) -> None:
    gate, hold = provider.gate()
    provider.says("What makes the tides?", "The Moon", hold)
    page.get_by_label("User, message 1", exact=True).fill("What makes the tides?")
    page.get_by_role("button", name="Run all").click()
    expect(column(page, "A").locator(".message")).to_contain_text("The Moon")
    asked = provider.server.streams[-1]
    page.goto("about:blank")
    assert asked.gone.wait(30), "It goes on at the provider."
    page.goto("/admin/")


def test_a_column_becomes_the_draft_beside_what_others_changed(page: Page, provider: Provider, site: Served, prompt: str) -> None:
    provider.says("Hello", "Hi")
    page.get_by_label("User, message 1", exact=True).fill("Hello")
    page.locator(".column summary").last.click()
    page.get_by_label("System prompt").fill("You are thorough.\nYou explain tides.")
    expect(page.get_by_label("What is tried").locator("option:checked")).to_have_text("Changed from version 3 · live")
    page.keyboard.press("Control+Enter")
    keep = page.get_by_role("button", name="Keep as draft")
    keep.click()
    expect(column(page, "A")).to_contain_text("This is the draft now.")
    assert site.run(DRAFT).strip() == "You are thorough.\nYou explain tides."
    page.get_by_label("System prompt").fill("You are thorough.\nYou explain the tides.")
    theirs = "draft = PromptDraft.objects.get(prompt__slug='tides'); draft.text = 'You are thorough.\\nYou explain waves.'; draft.save()"
    site.run(f"from conversations.models import PromptDraft; {theirs}")
    page.get_by_label("User, message 1", exact=True).press("Control+Enter")
    expect(column(page, "A").locator(".message")).to_have_text("Hi")
    keep.click()
    column(page, "A").get_by_role("button", name="Replace it").click()
    expect(column(page, "A")).to_contain_text("changed the same words of the draft meanwhile.")
    column(page, "A").get_by_role("button", name="Keep mine where both did").click()
    expect(column(page, "A")).to_contain_text("What others changed meanwhile is in it, too.")
    assert site.run(DRAFT).strip() == "You are thorough.\nYou explain the tides."
    site.run("from conversations.models import PromptDraft; PromptDraft.objects.all().delete()")


def test_variables_are_filled_in_once_and_an_exchange_becomes_a_case(page: Page, provider: Provider, site: Served) -> None:
    made = """
from conversations.models import SystemPrompt
prompt = SystemPrompt.objects.create(slug="tongues", name="Tongues")
prompt.publish(text="You speak {{ language }}.", variables=[{"name": "language", "type": "text", "required": True}])
print(prompt.pk)
"""
    prompt = site.run(made).strip()
    provider.says("Hello", "Hallo")
    opened(page, prompt)
    page.get_by_role("button", name="Duplicate").click()
    page.get_by_label("User, message 1", exact=True).fill("Hello")
    page.keyboard.press("Control+Enter")
    expect(page.get_by_label("Language")).to_be_focused()  # it is missing
    page.get_by_label("Language").fill("Dutch")
    page.keyboard.press("Control+Enter")
    for name in ("A", "B"):
        expect(column(page, name).locator(".message")).to_have_text("Hallo")
    assert {request.system for request in provider.server.streams[-2:]} == {"You speak Dutch."}
    column(page, "B").get_by_role("button", name="Use this answer").click()
    column(page, "B").get_by_role("button", name="Keep as case").click()
    expect(column(page, "B")).to_contain_text("This is a case now.")
    page.reload()
    page.get_by_role("button", name="Remove message 3").click()
    page.get_by_label("Language").fill("French")
    page.get_by_label("Start from").select_option(label="Hello")
    expect(page.get_by_label("Assistant, message 2", exact=True)).to_have_count(0)
    expect(page.get_by_label("User, message 1", exact=True)).to_have_value("Hello")
    expect(page.get_by_label("Language")).to_have_value("Dutch")


def test_the_editor_s_text_is_tried_as_it_is_typed(page: Page, provider: Provider, site: Served) -> None:
    provider.says("Hello", "Hi")
    # Its own: the editor saves a draft, which would be one more column of others' pages.
    prompt = site.run(MADE.replace("tides", "typed")).strip()
    opened(page, prompt)
    editor = page.context.new_page()
    editor.goto(f"/admin/conversations/systemprompt/{prompt}/change/")
    expect(editor.get_by_role("link", name="Try it")).to_be_visible()
    editor.locator("#id_text").fill("You are typed.")
    page.get_by_label("What is tried").select_option(label="The editor, as it is typed")
    editor.locator("#id_text").fill("You are typed further.")
    editor.locator("#id_temperature").fill("0.3")
    expect(page.get_by_text("temperature 0.3")).to_be_visible()
    page.get_by_label("User, message 1", exact=True).fill("Hello")
    page.keyboard.press("Control+Enter")
    expect(column(page, "A").locator(".message")).to_have_text("Hi")
    asked = provider.server.streams[-1]
    assert (asked.system, asked.body["temperature"]) == ("You are typed further.", 0.3)
    editor.close(run_before_unload=False)


def test_on_a_phone_one_column_is_in_view_at_a_time(open_context: Callable[..., BrowserContext], admin_key: str, prompt: str) -> None:
    page = opened(open_context(admin_key, viewport={"width": 390, "height": 800}).new_page(), prompt)
    three(page)
    tabs = page.get_by_role("navigation", name="Columns")
    tabs.get_by_role("button", name="Column A").click()
    expect(tabs.get_by_role("button", name="Column A")).to_have_attribute("aria-current", "true")
    expect(column(page, "A")).to_be_in_viewport(ratio=0.1)
    expect(column(page, "C")).not_to_be_in_viewport()
    tabs.get_by_role("button", name="Column C").click()
    expect(column(page, "C")).to_be_focused()
    expect(column(page, "C")).to_be_in_viewport(ratio=0.1)
    expect(column(page, "A")).not_to_be_in_viewport()
    page.evaluate(FORGET)
