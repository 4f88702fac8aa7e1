"""Publishing is a step of its own, and a right of its own: it shows what changes for whom, and moves a label to the new version."""

from __future__ import annotations

from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from django.contrib.auth.models import Group
from django.test import Client
from django.utils import timezone

from conversations.models import Conversation, PromptDraft, SystemPrompt, User
from tests.support.admin_pages import logged, prompt_url, save_prompt, staff, submit, url, write_draft

pytestmark = pytest.mark.django_db
FORM = "systemprompt_form"


@pytest.fixture
def page(signed_in: Client, prompt: SystemPrompt) -> str:
    """The page that publishes the draft “Be brief.”"""
    write_draft(signed_in, prompt, text="Be brief.", parameters={"temperature": 0.5})
    return url("systemprompt_publish", prompt.pk)


def opened(client: Client, page: str) -> str:
    found: str = client.get(page).context["opened"]
    return found


def publish(client: Client, page: str, **entered: str) -> str:
    sent = {"opened": opened(client, page), "where": "live", "label": "staging", **entered}
    return client.post(page, sent, follow=True).content.decode()


def test_it_shows_the_difference_to_what_is_live_and_who_follows(
    signed_in: Client, page: str, prompt: SystemPrompt, alice: User, bob: User
) -> None:
    now = timezone.now()
    for owner, asked, days in (
        (alice, prompt, 1),
        (alice, None, 40),
        (bob, None, 2),
        (bob, SystemPrompt.objects.create(slug="o", name="O"), 1),
    ):
        Conversation.objects.create(owner=owner, prompt=asked, updated=now - timedelta(days=days))
    text = signed_in.get(page).content.decode()
    assert "3 conversations follow with their next answer, 2 of them used in the last 30 days." in " ".join(text.split())
    assert "Be brief.</span>" in text
    assert "<ins>0.5</ins>" in text
    assert "compared with version 1, which is live" in text
    SystemPrompt.objects.filter(pk=prompt.pk).update(is_default=False)
    assert "1 conversation follows with its next answer, 1 of them" in " ".join(signed_in.get(page).content.decode().split())


def test_publishing_makes_the_draft_a_version_that_is_live_and_says_so_in_the_log(
    signed_in: Client, page: str, prompt: SystemPrompt, admin: User
) -> None:
    assert "Version 2 is live. Conversations follow with their next answer." in publish(signed_in, page, note="Shorter")
    prompt.refresh_from_db()
    version = prompt.published
    assert version
    assert (version.number, version.text, version.parameters, version.note, version.author) == (
        2,
        "Be brief.",
        {"temperature": 0.5},
        "Shorter",
        admin,
    )
    assert not PromptDraft.objects.exists()
    assert logged()[-1] == "Published version 2: moved the label “live” from version 1 to it."
    assert "There is no draft" in signed_in.get(page, follow=True).content.decode()


def test_under_another_label_live_stays_and_the_draft_makes_no_second_version(signed_in: Client, page: str, prompt: SystemPrompt) -> None:
    assert "published under “staging”" in publish(signed_in, page, where="label", label=" Staging ")
    prompt.refresh_from_db()
    assert prompt.published
    assert (prompt.published.number, prompt.labels.get().version.number) == (1, 2)
    assert "Version 2 is live." in publish(signed_in, page)
    prompt.refresh_from_db()
    assert (prompt.published.number, prompt.versions.count()) == (2, 2)
    write_draft(signed_in, prompt, text="Be briefer.")
    publish(signed_in, page, where="label", label="staging")
    write_draft(signed_in, prompt, text="Be briefest.")
    publish(signed_in, page)
    prompt.refresh_from_db()
    assert (prompt.published.number, prompt.labels.get().version.number) == (4, 3)


@pytest.mark.parametrize("label", ["", "two words", "x" * 37])
def test_a_label_that_is_none_is_refused_and_the_note_is_kept(signed_in: Client, page: str, prompt: SystemPrompt, label: str) -> None:
    text = publish(signed_in, page, where="label", label=label, note="Keep me")
    assert 'id="label-error"' in text
    assert 'value="Keep me"' in text
    assert prompt.versions.count() == 1


def test_what_was_changed_since_the_page_was_opened_is_not_published_unseen(
    signed_in: Client, page: str, prompt: SystemPrompt, admin: User
) -> None:
    before = opened(signed_in, page)
    write_draft(signed_in, prompt, text="Be brief. Or else.")
    for seen in (before, "", "1:x:1"):
        answer = signed_in.post(page, {"opened": seen, "where": "live"}, follow=True)
        assert "changed in the meantime" in answer.content.decode()
    now = opened(signed_in, page)
    prompt.publish(text="Theirs", author=admin)
    assert "changed in the meantime" in signed_in.post(page, {"opened": now, "where": "live"}, follow=True).content.decode()
    assert prompt.versions.count() == 2
    assert "version 2 is live by now: what changed in between is undone" in signed_in.get(page).content.decode()


def test_saving_can_lead_to_publishing_at_once(signed_in: Client, prompt: SystemPrompt) -> None:
    page = save_prompt(signed_in, prompt, text="Be brief.", _publish="Save and publish …")
    assert page.redirect_chain[-1][0] == url("systemprompt_publish", prompt.pk)
    assert "Be brief." in page.content.decode()
    form = signed_in.get(prompt_url(prompt)).content.decode()
    assert (
        form.index('name="_continue"') < form.index('name="_publish"') < form.index('class="deletelink"')
    )  # at the end, beside none of them
    fields = {"name": "Legal", "slug": "legal", "text": "Read.", "model": "gpt-5-mini", "_publish": "Save and publish …"}
    page = submit(signed_in, url("systemprompt_add"), FORM, **fields)
    text = page.content.decode()
    assert "What the first version says" in text
    assert "<td>gpt-5-mini</td>" in text
    assert "<del>" not in text and "<ins>" not in text  # there is nothing that it changes


def test_a_draft_without_text_is_warned_of(signed_in: Client, page: str, prompt: SystemPrompt) -> None:
    assert "gets no system prompt" not in signed_in.get(page).content.decode()
    save_prompt(signed_in, prompt, text=" ")
    assert "The text is empty: the model gets no system prompt." in signed_in.get(page).content.decode()


def in_group(user: User, name: str) -> User:
    staff(user).groups.set([Group.objects.get(name=name)])
    return user


def test_a_writer_edits_drafts_and_changes_nothing_that_people_get(
    client: Client, signed_in: Client, page: str, prompt: SystemPrompt, bob: User
) -> None:
    sent: dict[str, Any] = {"opened": opened(signed_in, page), "where": "live", "number": "1", "name": "staging"}
    client.force_login(in_group(bob, "Prompt writer"))
    text = client.get(prompt_url(prompt)).content.decode()
    assert "_publish" not in text
    assert "Publish …" not in text
    save_prompt(client, prompt, text="Bob's.", audience="nobody", model_choice="any", effort_choice="on", default=None)
    assert PromptDraft.objects.get().text == "Bob's."
    prompt.refresh_from_db()
    assert (prompt.audience, prompt.model_choice, prompt.effort_choice, prompt.is_default) == ("everyone", "", False, True)
    for target in (page, url("systemprompt_live", prompt.pk), url("systemprompt_label", prompt.pk, 1)):
        assert client.post(target, sent).status_code == 403
    assert client.get(page).status_code == 403
    assert (prompt.versions.count(), prompt.labels.count()) == (1, 0)


def test_a_publisher_publishes(client: Client, page: str, prompt: SystemPrompt, bob: User) -> None:
    client.force_login(in_group(bob, "Prompt publisher"))
    assert 'name="_publish"' in client.get(prompt_url(prompt)).content.decode()
    assert "Version 2 is live." in publish(client, page)
    save_prompt(client, prompt, audience="everyone", model_choice="any")
    prompt.refresh_from_db()
    assert prompt.model_choice == "any"


def test_who_could_change_prompts_before_may_still_publish(alice: User, bob: User) -> None:
    from django.apps import apps
    from django.contrib.auth.models import Permission
    from django.db import connection

    migration = __import__("conversations.migrations.0029_publishing_is_a_right_of_its_own", fromlist=["give_the_right"])
    publish = Permission.objects.get(codename="publish_systemprompt")
    staff(alice, "change_systemprompt")
    ours = Group.objects.create(name="Our editors")
    ours.permissions.add(Permission.objects.get(codename="change_systemprompt"))
    others = Group.objects.create(name="Others")
    others.permissions.add(Permission.objects.get(codename="view_systemprompt"))
    writers = Group.objects.get(name="Prompt writer")
    for has_members in (False, True):
        bob.groups.set([writers] if has_members else [])
        migration.give_the_right(apps, SimpleNamespace(connection=connection))
        assert writers.permissions.filter(pk=publish.pk).exists() == has_members
    assert alice.user_permissions.filter(pk=publish.pk).exists()
    assert ours.permissions.filter(pk=publish.pk).exists()
    assert not others.permissions.filter(pk=publish.pk).exists()
