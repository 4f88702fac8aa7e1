"""Variables are declared as fields beside the text; an unknown name is told with its line, and what is declared is previewed and published."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import BrowserContext, expect

from conversations.models import Fragment, PromptDraft, SystemPrompt, User
from tests.support.admin_pages import prompt_url, url

SAVED = "() => ['id_text', 'id_variables'].map((id) => document.getElementById(id)).every((field) => field.value === field.defaultValue)"
"""What was saved becomes the default: the page may have said so before, of what was typed until then."""

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def test_a_variable_is_declared_previewed_and_published(admin: User, contexts: Callable[[], BrowserContext]) -> None:
    prompt = SystemPrompt.objects.get(slug="assistant")
    page = contexts().new_page()
    page.set_viewport_size({"width": 390, "height": 844})
    page.goto(prompt_url(prompt))
    page.locator("#id_text").fill("Be brief.\nAnswer in {{ language }}.")
    problems = page.locator(".prompt-problems")
    expect(problems).to_contain_text("Line 2, column 11 There is no variable “language”")
    problems.get_by_role("button").click()
    assert page.evaluate("document.activeElement.selectionStart") == len("Be brief.\nAnswer in ")

    page.get_by_role("button", name="Add a variable").click()
    editor = page.get_by_role("group", name="New variable")
    expect(editor.get_by_label("Name")).to_be_focused()
    editor.get_by_label("Name").fill("language")
    editor = page.get_by_role("group", name="{{ language }}")
    expect(editor.get_by_label("Choices, one per line")).to_be_hidden()
    editor.get_by_label("Type").select_option("Choice")
    editor.get_by_label("Choices, one per line").fill("French\nGerman")
    editor.get_by_label("Default").fill("French")
    expect(problems).to_be_empty()
    assert page.evaluate("document.documentElement.scrollWidth") == 390
    page.wait_for_function(SAVED)
    expect(page.locator(".autosave")).to_contain_text("Draft saved at")
    assert PromptDraft.objects.get().variables == [
        {"name": "language", "type": "choice", "choices": ["French", "German"], "default": "French"}
    ]
    page.reload()
    expect(page.get_by_role("group", name="{{ language }}").get_by_label("Default")).to_have_value("French")

    page.get_by_role("link", name="Preview", exact=True).click()
    expect(page.locator("mark.variable")).to_have_text(["French"])
    page.get_by_label("Language").select_option("German")
    page.get_by_role("button", name="Show").click()
    expect(page.locator("mark.variable")).to_have_text(["German"])
    page.goto(url("systemprompt_publish", prompt.pk))
    page.get_by_role("button", name="Publish").click()
    expect(page.locator(".messagelist .success")).to_contain_text("is live")
    assert [one["name"] for one in SystemPrompt.objects.get(slug="assistant").published.variables] == ["language"]  # type: ignore[union-attr]


def test_leaving_asks_only_where_a_variable_was_changed(admin: User, contexts: Callable[[], BrowserContext]) -> None:
    prompt = SystemPrompt.objects.get(slug="assistant")
    prompt.publish(
        text="Answer in {{ language }}.",
        variables=[{"name": "language", "type": "choice", "choices": ["French", "German"], "default": "French", "required": True}],
    )
    page = contexts().new_page()
    page.route("**/draft/", lambda route: route.abort())  # as without a connection: nothing is saved while it is typed
    asked: list[str] = []
    page.on("dialog", lambda dialog: asked.append(dialog.type))
    page.goto(prompt_url(prompt))
    editor = page.get_by_role("group", name="{{ language }}")
    editor.get_by_label("Name").click()  # only where the page was touched does a browser ask
    page.goto(url("systemprompt_changelist"))
    assert asked == []
    page.goto(prompt_url(prompt))
    editor.get_by_label("Default").fill("German")
    page.goto(url("systemprompt_changelist"))
    assert asked == ["beforeunload"]


def test_a_fragment_is_published_for_those_who_follow_it(admin: User, contexts: Callable[[], BrowserContext]) -> None:
    Fragment.objects.create(name="tone").publish("Be kind.")
    SystemPrompt.objects.get(slug="assistant").publish(text="{{> tone }}")
    page = contexts().new_page()
    page.goto(url("fragment_changelist"))
    page.get_by_role("link", name="tone").click()
    expect(page.get_by_role("row", name="Assistant")).to_contain_text("follows the current one")
    page.get_by_label("Text:").fill("{{> tone }}")
    page.get_by_role("button", name="Save and publish …").click()
    expect(page.locator(".publish-warnings .error")).to_contain_text("includes itself")
    page.get_by_role("link", name="Edit it").click()
    page.get_by_label("Text:").fill("Be brief.")
    expect(page.locator(".autosave")).to_contain_text("Draft saved at")
    expect(page.locator(".draft-bar:visible")).to_contain_text("Saved just now by you. Prompts get version 1 until it is published.")
    page.locator(".draft-bar").get_by_role("link", name="Publish …").click()
    expect(page.get_by_role("heading", name="Prompts that it changes")).to_be_visible()
    expect(page.get_by_role("row", name="Assistant")).to_contain_text("can be sent")
    assert Fragment.objects.get().current.number == 1  # type: ignore[union-attr]
    page.get_by_label("Note").fill("Shorter")
    page.get_by_role("button", name="Publish").click()
    expect(page.locator(".messagelist .success").first).to_contain_text("Used in Assistant: with the next answer.")
    assert Fragment.objects.get().current.text == "Be brief."  # type: ignore[union-attr]
