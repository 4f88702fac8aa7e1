"""An archived prompt is offered for no new conversation and never the default; conversations that have it go on."""

from __future__ import annotations

import pytest
from django.test import Client

from conversations.commands import choice, staging
from conversations.commands.refusals import Refused
from conversations.models import Ending, SystemPrompt, User
from tests.support.admin_pages import logged, prompt_url, save_prompt, staff, url
from tests.support.experiments import started

pytestmark = pytest.mark.django_db


@pytest.fixture
def other() -> SystemPrompt:
    other = SystemPrompt.objects.create(slug="other", name="Other")
    other.point("staging", other.publish(text="Be brief."))
    return other


def listed(client: Client, **asked: str) -> list[str]:
    return [row.slug for row in client.get(url("systemprompt_changelist"), asked).context["cl"].result_list]


def test_it_is_offered_no_more_until_it_is_restored(signed_in: Client, prompt: SystemPrompt, other: SystemPrompt, admin: User) -> None:
    assert choice.prompt_for(admin, "other") == other
    page = signed_in.post(url("systemprompt_archive", other.pk), follow=True).content.decode()
    assert "Archived “Other”." in page
    assert "it is offered for no new conversation" in page
    with pytest.raises(Refused):
        choice.prompt_for(admin, "other")
    assert not staging.offered_to(admin)
    assert (listed(signed_in), listed(signed_in, archived="yes")) == (["assistant"], ["other"])
    assert listed(signed_in, archived="all") == ["assistant", "other"]
    assert "restore it first" in save_prompt(signed_in, other, default="on").content.decode()
    signed_in.post(url("systemprompt_restore", other.pk))
    assert choice.prompt_for(admin, "other") == other
    assert [said for said in logged() if "rchived" in said] == [
        "Archived (before: in use): no new conversation is offered it.",
        "Restored (before: archived).",
    ]


def test_its_experiment_ends_with_it(signed_in: Client, other: SystemPrompt, admin: User) -> None:
    other.publish(text="Be kind.")
    experiment = started(other, admin)
    signed_in.post(url("systemprompt_archive", other.pk))
    experiment.refresh_from_db()
    assert (experiment.ending, experiment.ended_by, experiment.reason) == (Ending.HIDDEN, admin, "The prompt was archived.")


def test_the_default_one_is_archived_when_another_was_chosen(signed_in: Client, prompt: SystemPrompt, other: SystemPrompt) -> None:
    refused = signed_in.post(url("systemprompt_archive", prompt.pk), follow=True).content.decode()
    assert "Make another prompt the default first." in refused
    assert not SystemPrompt.objects.exclude(archived=None).exists()
    save_prompt(signed_in, other, default="on")
    signed_in.post(url("systemprompt_archive", prompt.pk))
    assert SystemPrompt.objects.exclude(archived=None).get() == prompt


def test_several_are_archived_and_restored_in_the_list(signed_in: Client, prompt: SystemPrompt, other: SystemPrompt) -> None:
    chosen = [str(prompt.pk), str(other.pk)]
    sent = {"action": "archive_selected", "_selected_action": chosen}
    page = signed_in.post(url("systemprompt_changelist"), sent, follow=True).content.decode()
    assert "Archived “Other”." in page
    assert "“Assistant” is the default prompt." in page
    signed_in.post(f"{url('systemprompt_changelist')}?archived=all", sent | {"action": "restore_selected"})
    assert not SystemPrompt.objects.exclude(archived=None).exists()


def test_who_may_not_publish_archives_nothing(client: Client, prompt: SystemPrompt, other: SystemPrompt, bob: User) -> None:
    client.force_login(staff(bob, "view_systemprompt", "change_systemprompt"))
    assert client.post(url("systemprompt_archive", other.pk)).status_code == 403
    assert client.post(url("systemprompt_restore", other.pk)).status_code == 403
    client.post(url("systemprompt_changelist"), {"action": "archive_selected", "_selected_action": [str(other.pk)]})
    assert url("systemprompt_archive", other.pk) not in client.get(prompt_url(other)).content.decode()
    assert not SystemPrompt.objects.exclude(archived=None).exists()
