"""The admin in a real browser: its own scripts run under the strict policy, and the prompt's editor does what it says."""

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import BrowserContext, Page, expect

from conversations.evaluation.checks.check import Check
from conversations.models import (
    ApiKey,
    Arm,
    Attempt,
    Conversation,
    Invitation,
    Message,
    Model,
    Provider,
    Role,
    SystemPrompt,
    User,
    Webhook,
    text_part,
)
from conversations.studio import drafts
from tests.conftest import PASSWORD
from tests.support import widget_visitors
from tests.support.cases import candidate, case, planned
from tests.support.experiments import started, took_part

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

FITS = """document.documentElement.scrollWidth <= innerWidth
    && [...document.querySelectorAll('.results')].every((list) => list.scrollWidth <= list.clientWidth)"""
ADDED = ("systemprompt", "case", "user", "invitation", "limit", "grant", "provider", "apikey", "model", "webhook", "widget")


@pytest.fixture
def prompt(db: None) -> SystemPrompt:
    return SystemPrompt.objects.get(slug="assistant")


@pytest.fixture
def urls(admin: User, alice: User, prompt: SystemPrompt, settings) -> list[str]:
    """Every kind of page that the admin has."""
    settings.ADMIN_READS_CONVERSATIONS = True
    prompt.publish(text="Second.", parameters={"temperature": 0.5}, author=admin)
    SystemPrompt.objects.filter(pk=prompt.pk).update(approvals_needed=1)
    conversation = Conversation.objects.create(owner=alice, updated=timezone.now())
    message = Message.objects.create(conversation=conversation, owner=alice, role=Role.USER, parts=[text_part("x")])
    other = SystemPrompt.objects.create(slug="other", name="Other")
    provider = Provider.objects.create(name="House", base_url="http://127.0.0.1:1/v1")
    key = ApiKey.objects.create(provider=provider, label="main", refused=timezone.now())
    model = Model.objects.create(provider=provider, name="house")
    now = timezone.now()
    attempt = Attempt.objects.create(recorded=now, started=now, number=1, outcome="ok", duration_ms=1, provider=provider, reply=message)
    wide: dict[str, Any] = {
        "owner": User.objects.create_user("hanna.virtanen"),
        "model": "gpt-5-mini",
        "provider": provider,
        "estimated": True,
        "final": True,
    }
    wide |= {"outcome": "stopped", "first_token_ms": 1817, "duration_ms": 2411, "input_tokens": 2045, "output_tokens": 109, "number": 2}
    Attempt.objects.create(recorded=now - timedelta(days=2, hours=19), started=now, **wide)
    invitation = Invitation.objects.create(made_by=admin, expires=now, digest="0" * 64)
    asked = case(prompt, "How do tides work?", Check("length", "at most 80 words"), Check("judge", "Names the moon"))
    run = planned(prompt, admin, candidate("version 1, live", "Be brief."), candidate("the draft", "Be exact."))
    for number in range(2):
        found = [
            {
                **Check("judge", "Names the moon").stored(),
                "passed": not number,
                "score": 0.5,
                "reason": "So it is.",
                "title": "a model judges",
            }
        ]
        said = {"output": f"The moon{number}. " * 20, "passed": not number, "findings": found}
        run.results.create(case=asked, case_revision=1, candidate=number, repeat=0, **said)
    things = {"systemprompt": prompt, "case": asked, "run": run, "conversation": conversation, "message": message, "user": alice}
    compared = SystemPrompt.objects.create(slug="compared", name="Compared")
    compared.publish(text="Be live.")
    experiment = started(compared, admin, guards={"errors": 5, "cost": 50})
    for arm in Arm:
        for _ in range(2):
            took_part(experiment, arm, alice, answers=2, up=1)
    things |= {"experiment": experiment, "provider": provider, "apikey": key, "model": model, "attempt": attempt, "invitation": invitation}
    pages = ["/admin/", "/admin/conversations/", reverse("admin:auth_group_add"), reverse("admin:account_emailaddress_add")]
    for name, thing in things.items():
        pages += [reverse(f"admin:conversations_{name}_changelist"), reverse(f"admin:conversations_{name}_change", args=[thing.pk])]
    pages += [reverse("admin:conversations_systemprompt_history", args=[prompt.pk])]  # which is Django's own page, whatever it is of
    pages += [reverse(f"admin:conversations_{name}_add") for name in ADDED]
    pages += [reverse("admin:conversations_rejectedparameter_changelist"), reverse("admin:auth_user_password_change", args=[alice.pk])]
    pages += [reverse("admin:conversations_run_add", query={"prompt": str(prompt.pk)}), reverse("admin:conversations_run_add")]
    pages += [reverse(f"admin:conversations_experiment_{name}", args=[experiment.pk]) for name in ("guards", "end")]
    pages += [reverse("admin:conversations_experiment_add")]
    pages += [reverse("admin:conversations_experiment_add", query={"prompt": str(prompt.pk), "candidate": 1})]
    pages += [reverse("admin:conversations_run_case", args=[run.pk, asked.pk])]
    pages += [reverse("admin:conversations_systemprompt_version", args=[prompt.pk, 1])]
    pages += [reverse("admin:conversations_systemprompt_versions", args=[prompt.pk])]
    pages += [reverse("admin:conversations_systemprompt_compare", args=[prompt.pk], query={"old": 1, "new": 2})]
    drafts.save(prompt, {"text": "Third.", "model": "", "parameters": {}, "starters": ["One?"]}, admin)
    pages += [reverse(f"admin:conversations_systemprompt_{view}", args=[prompt.pk]) for view in ("publish", "discard", "moves", "retire")]
    pages += [reverse("admin:conversations_systemprompt_playground", args=[prompt.pk])]
    pages += [reverse("admin:conversations_systemprompt_playground_of_all")]
    pages += [reverse("admin:conversations_conversation_read", args=[conversation.pk])]
    pages += [reverse("admin:conversations_systemprompt_delete", args=[other.pk])]
    pages += [reverse("admin:conversations_conversation_delete", args=[conversation.pk])]
    webhook = Webhook(name="CI", url="https://ci.example.org/hooks/prompts", events=["prompt.published"])
    webhook.take("whsec_MDEyMzQ1Njc4OWFiY2RlZg==")
    webhook.save()
    one = webhook.deliveries.create(event="prompt.published", body=f'{{"type":"{"x" * 200}"}}', answer="x" * 2000, error="It answered 500.")
    pages += [reverse(f"admin:conversations_{name}_changelist") for name in ("webhook", "webhookdelivery")]
    pages += [reverse(f"admin:conversations_webhook_{view}", args=[webhook.pk]) for view in ("change", "secret")]
    pages += [reverse("admin:conversations_webhookdelivery_change", args=[one.pk]), reverse("admin:conversations_systemprompt_import")]
    widget = widget_visitors.widget(origins=[f"https://{'x' * 60}.example.org"])
    pages += [reverse("admin:conversations_widget_changelist")]
    pages += [reverse(f"admin:conversations_widget_{view}", args=[widget.pk]) for view in ("change", "secret", "preview")]
    return pages


@pytest.fixture
def page(contexts: Callable[[], BrowserContext]) -> Page:
    """An administrator's."""
    return contexts().new_page()


def test_no_page_breaks_the_policy(urls: list[str], page: Page, complaints: list[str]) -> None:
    for url in urls:
        response = page.goto(url)
        assert response
        assert response.status == 200, url
        assert page.evaluate(FITS), url
    assert complaints == []


def test_where_a_user_is_chosen_has_a_name(page: Page, alice: User) -> None:
    page.goto(reverse("admin:conversations_grant_add"))
    box = page.get_by_role("combobox", name="User")
    box.press("Enter")
    search = page.get_by_role("searchbox", name="User")
    search.fill("alice")
    options = page.locator(".select2-results__option")
    expect(options).to_have_text([re.compile("alice")])  # those offered before stay until the answer is there
    expect(options).to_have_class(re.compile("highlighted"))
    search.press("Enter")
    expect(page.get_by_role("combobox", name="alice")).to_have_accessible_name(re.compile("User.*alice"))


def test_where_several_users_are_chosen_has_a_name(page: Page, prompt: SystemPrompt) -> None:
    page.goto(reverse("admin:conversations_systemprompt_change", args=[prompt.pk]))
    expect(page.get_by_role("searchbox", name="Users who move “live”")).to_be_visible()


def test_a_form_is_not_left_with_unsaved_entries_unasked(page: Page) -> None:
    house = Provider.objects.create(name="House", base_url="http://127.0.0.1:1/v1")
    page.goto(reverse("admin:conversations_provider_change", args=[house.pk]))
    asks = "() => !dispatchEvent(new Event('beforeunload', { cancelable: true }))"  # as where the user then stays
    fetch = page.get_by_role("button", name="Fetch models")
    for field, enter in (("base_url", "http://127.0.0.1:2/v1"), ("priority", "7")):
        assert not page.evaluate(asks)
        before = page.locator(f"#id_{field}").input_value()
        page.locator(f"#id_{field}").fill(enter)
        begin = "(button) => button.form.dispatchEvent(new SubmitEvent('submit', { bubbles: true, submitter: button }))"
        fetch.evaluate(begin)
        expect(page.locator("form[aria-busy]")).to_have_text("Fetching …")
        assert page.evaluate(asks)
        expect(page.locator("form[aria-busy]")).to_have_count(0)
        expect(fetch).to_be_visible()
        page.locator(f"#id_{field}").fill(before)
    page.locator("#id_enabled").click()
    assert page.evaluate(asks)


def test_the_admins_own_scripts_work(page: Page, complaints: list[str], alice: User, live_server) -> None:
    for name in ("Compared", "Other"):
        SystemPrompt.objects.create(slug=name.lower(), name=name)
    page.goto("/admin/")
    before = page.locator("html").get_attribute("data-theme")
    page.locator("button.theme-toggle").first.click()
    assert page.locator("html").get_attribute("data-theme") != before

    page.goto(reverse("admin:conversations_systemprompt_changelist"))
    page.locator("#action-toggle").check()
    expect(page.locator(".action-counter")).to_have_text("3 of 3 selected")
    page.locator("#nav-filter").fill("messages")
    expect(page.locator("#nav-sidebar tr.model-user")).to_be_hidden()

    page.goto(reverse("admin:conversations_limit_add"))
    with page.expect_popup() as opened:
        page.locator("#add_id_group").click()
    popup = opened.value
    popup.locator("#id_name").fill("Helpers")
    popup.locator("input[name=_save]").click()
    expect(page.locator("#id_group option:checked")).to_have_text("Helpers")

    page.goto(reverse("admin:conversations_user_change", args=[alice.pk]))
    page.locator("a.deletelink").click()
    page.locator("a.cancel-link").click()
    expect(page).to_have_url(live_server.url + reverse("admin:conversations_user_change", args=[alice.pk]))
    assert complaints == []


def test_the_editor_counts_indents_grows_and_lets_the_keyboard_out(page: Page, complaints: list[str]) -> None:
    page.goto(reverse("admin:conversations_systemprompt_add"))
    page.locator("#id_name").fill("Legal reader")
    page.locator("#id_name").press("End")
    page.locator("#id_name").press_sequentially("s")
    expect(page.locator("#id_slug")).to_have_value("legal-readers")

    editor, counts = page.locator("#id_text"), page.locator(".prompt-counts")
    expect(counts).to_have_text("0 characters · 0 words · about 0 tokens")
    editor.fill("Read contracts 🙂 slowly.")
    expect(counts).to_have_text("24 characters · 4 words · about 7 tokens")
    editor.fill("one\ntwo")
    editor.press("Control+a")
    editor.press("Tab")
    expect(editor).to_have_value("  one\n  two")
    editor.press("Shift+Tab")
    expect(editor).to_have_value("one\ntwo")
    editor.press("Control+z")
    expect(editor).to_have_value("  one\n  two")
    editor.press("Escape")
    editor.press("Tab")
    expect(editor).not_to_be_focused()
    expect(editor).to_have_value("  one\n  two")

    before = editor.bounding_box()
    editor.fill("line\n" * 60)
    after = editor.bounding_box()
    assert before
    assert after
    assert after["height"] > before["height"] + 300
    assert editor.evaluate("editor => editor.scrollHeight <= editor.clientHeight + 2")
    assert complaints == []


def test_starters_are_previewed_as_buttons_and_too_many_are_marked(page: Page) -> None:
    page.goto(reverse("admin:conversations_systemprompt_add"))
    page.locator("#id_starters").fill("One?\n\n  Two?  \n<img src=x onerror=alert(1)>\nOne?\n4\n5\n6\n7\n")
    shown = page.locator(".starters-preview .starter")
    expect(shown).to_have_text(["One?", "Two?", "<img src=x onerror=alert(1)>", "4", "5", "6", "7"])
    expect(page.locator(".starter.too-much")).to_have_text(["7"])


def test_staff_sign_in_on_everybodys_page_and_arrive_where_they_wanted(
    admin: User, signed_out: Callable[[], BrowserContext], live_server, complaints: list[str]
) -> None:
    page = signed_out().new_page()
    page.goto(reverse("admin:conversations_message_changelist"))
    page.locator("input[name=login]").fill("admin")
    page.locator("input[name=password]").fill(PASSWORD)
    page.locator("input[name=password]").press("Enter")
    expect(page).to_have_url(live_server.url + reverse("admin:conversations_message_changelist"))
    page.locator("#logout-form button").click()
    expect(page.locator("input[name=login]")).to_be_visible()
    assert complaints == []
