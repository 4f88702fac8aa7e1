"""Where a prompt asks for approvals, a draft becomes live with them, by others than its writers, or in an emergency that the log tells of."""

from __future__ import annotations

import pytest
from django.test import Client

from conversations.models import SystemPrompt, User
from conversations.studio import drafts
from tests.support.admin_pages import logged, save_prompt, staff, submit, url, write_draft

pytestmark = pytest.mark.django_db
EDITOR = ("view_systemprompt", "change_systemprompt", "publish_systemprompt", "approve_systemprompt")


@pytest.fixture
def prompt(alice: User, bob: User) -> SystemPrompt:
    """Which asks for two approvals; alice and bob may do everything but change that."""
    for user in (alice, bob):
        staff(user, *EDITOR)
    prompt = SystemPrompt.objects.get(slug="assistant")
    SystemPrompt.objects.update(approvals_needed=2)
    return prompt


def as_user(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def approve(client: Client, prompt: SystemPrompt) -> str:
    page = url("systemprompt_publish", prompt.pk)
    sent = {"opened": client.get(page).context["opened"]}
    return client.post(url("systemprompt_approve", prompt.pk), sent, follow=True).content.decode()


def publish(client: Client, prompt: SystemPrompt, **entered: str) -> str:
    page = url("systemprompt_publish", prompt.pk)
    sent = {"opened": client.get(page).context["opened"], "where": "live", **entered}
    return client.post(page, sent, follow=True).content.decode()


def live(prompt: SystemPrompt) -> int:
    return SystemPrompt.objects.values_list("published__number", flat=True).get(pk=prompt.pk)


def test_a_draft_goes_live_with_the_approvals_of_others(prompt: SystemPrompt, admin: User, alice: User, bob: User) -> None:
    writer = as_user(alice)
    write_draft(writer, prompt, text="Be brief.")
    assert "Approve this draft" not in writer.get(url("systemprompt_publish", prompt.pk)).content.decode()
    assert "You wrote something of this draft yourself" in approve(writer, prompt)
    assert "Approvals are missing." in publish(writer, prompt)
    for approver in (bob, bob, admin):
        assert "Approve this draft" in as_user(admin).get(url("systemprompt_publish", prompt.pk)).content.decode()
        approved = approve(as_user(approver), prompt)
        assert '<p class="help">You approved this draft.</p>' in approved
        assert "Approve this draft" not in approved
        assert (prompt.approvals.count() == 2) == (approver == admin)
    assert "Version 2 is live." in publish(writer, prompt)
    assert "Approved the draft (save 1)." in logged()


def test_a_change_asks_for_new_approvals_and_who_made_it_gives_none(prompt: SystemPrompt, admin: User, alice: User, bob: User) -> None:
    write_draft(as_user(alice), prompt, text="Be brief.")
    for approver in (bob, admin):
        approve(as_user(approver), prompt)
    write_draft(as_user(bob), prompt, text="Be brief!")
    assert "Approvals are missing." in publish(as_user(admin), prompt)
    for writer in (alice, bob):  # alice saved it before
        assert "You wrote something of this draft yourself" in approve(as_user(writer), prompt)
    assert live(prompt) == 1


def test_in_an_emergency_it_goes_live_with_a_reason_that_the_log_and_the_history_keep(prompt: SystemPrompt, alice: User) -> None:
    client = as_user(alice)
    write_draft(client, prompt, text="Be careful.")
    assert "Version 2 is live." in publish(client, prompt, emergency="It tells secrets", note="Hotfix")
    assert logged()[-1] == (
        "EMERGENCY, 2 of 2 approvals missing. Reason: It tells secrets. Published version 2: moved the label “live” from version 1 to it."
    )
    move = prompt.label_moves.first()
    assert move
    assert move.reason == "Emergency: It tells secrets (Hotfix)"
    said = "Made live without what this prompt asks for"
    version, before = (client.get(url("systemprompt_version", prompt.pk, number)).content.decode() for number in (2, 1))
    assert (said in version, "Emergency: It tells secrets (Hotfix)" in version, said in before) == (True, True, False)
    assert client.get(url("systemprompt_versions", prompt.pk)).content.decode().count(">emergency<") == 1
    assert "EMERGENCY, 2 of 2 approvals missing." in client.get(url("systemprompt_history", prompt.pk)).content.decode()


def test_another_label_needs_none_and_is_no_way_around_them(prompt: SystemPrompt, alice: User, bob: User, admin: User) -> None:
    client = as_user(alice)
    write_draft(client, prompt, text="Be brief.")
    assert "published under “staging”" in publish(client, prompt, where="label", label="staging")
    moved = client.post(url("systemprompt_live", prompt.pk), {"number": "2", "opened": "1"}, follow=True).content.decode()
    assert "was never live and lacks 2 of 2 approvals" in moved
    assert live(prompt) == 1
    for approver in (bob, admin):
        approve(as_user(approver), prompt)
    client.post(url("systemprompt_live", prompt.pk), {"number": "2", "opened": "1"})
    assert live(prompt) == 2
    write_draft(client, prompt, text="Be brisk.")
    assert "a choice of its own above" in publish(client, prompt, where="label", label="live")
    assert live(prompt) == 2
    SystemPrompt.objects.update(approvals_needed=3)
    client.post(url("systemprompt_live", prompt.pk), {"number": "1", "opened": "2"})  # rolling back needs none
    assert live(prompt) == 1


def test_who_wrote_a_draft_does_not_approve_what_another_begins_from_its_version(
    prompt: SystemPrompt, alice: User, bob: User, admin: User
) -> None:
    write_draft(as_user(bob), prompt, text="Be brief.")
    publish(as_user(admin), prompt, where="label", label="staging")
    prompt.draft.delete()
    as_user(alice).post(url("systemprompt_begin", prompt.pk, 2))
    assert drafts.edited(prompt)["text"] == "Be brief."
    for writer in (alice, bob, admin):
        assert "You wrote something of this draft yourself" in approve(as_user(writer), prompt)
    assert not prompt.approvals.exists()


def test_another_prompt_as_the_default_is_no_way_around_them(prompt: SystemPrompt, alice: User, admin: User) -> None:
    client = as_user(staff(alice, "add_systemprompt", *EDITOR))
    fields = {"name": "Mine", "slug": "mine", "text": "Obey me."}
    refused = submit(client, url("systemprompt_add"), "systemprompt_form", **fields, default="on").content.decode()
    assert "a superuser can make it the default" in refused
    submit(client, url("systemprompt_add"), "systemprompt_form", **fields)
    mine = SystemPrompt.objects.get(slug="mine")
    assert "Version 1 is live." in publish(client, mine)
    assert "a superuser can make it the default" in save_prompt(client, mine, default="on").content.decode()
    assert SystemPrompt.objects.get(is_default=True) == prompt
    save_prompt(as_user(admin), mine, default="on")
    assert SystemPrompt.objects.get(is_default=True) == mine


def test_superusers_alone_say_how_many_are_needed(prompt: SystemPrompt, alice: User, admin: User) -> None:
    save_prompt(as_user(alice), prompt, approvals_needed="0")
    prompt.refresh_from_db()
    assert prompt.approvals_needed == 2
    save_prompt(as_user(admin), prompt, approvals_needed="1")
    prompt.refresh_from_db()
    assert prompt.approvals_needed == 1


def test_who_may_only_approve_looks_and_approves_but_publishes_nothing(prompt: SystemPrompt, alice: User, bob: User) -> None:
    write_draft(as_user(alice), prompt, text="Be brief.")
    client = as_user(staff(bob, "view_systemprompt", "approve_systemprompt"))
    text = client.get(url("systemprompt_publish", prompt.pk)).content.decode()
    assert ("Approve this draft" in text, 'value="Publish"' in text) == (True, False)
    assert client.post(url("systemprompt_publish", prompt.pk), {"where": "live"}).status_code == 403
    assert "You approved this draft." in approve(client, prompt)
    stale = client.post(url("systemprompt_approve", prompt.pk), {"opened": "1:x:1"}, follow=True).content.decode()
    assert "Nothing was approved" in stale
    assert as_user(staff(bob, "view_systemprompt")).post(url("systemprompt_approve", prompt.pk)).status_code == 403
