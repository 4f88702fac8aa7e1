"""Where a prompt names who moves `live`, no other user does: not on a page, by a schedule, an import, a fragment or another default prompt."""

from __future__ import annotations

from datetime import timedelta
from io import StringIO
from pathlib import Path

import pytest
from django.contrib.auth.models import Group
from django.core.management import CommandError, call_command
from django.test import Client
from django.utils import timezone

from conversations.jobs import tasks
from conversations.models import Fragment, ScheduledPublication, SystemPrompt, User
from tests.support.admin_pages import logged, prompt_url, publish_fragment, save_prompt, staff, url, write_draft

pytestmark = pytest.mark.django_db
PUBLISHER = ("view_systemprompt", "add_systemprompt", "change_systemprompt", "publish_systemprompt", "delete_systemprompt")


@pytest.fixture
def prompt(alice: User, bob: User) -> SystemPrompt:
    """With two versions, the second of which is live; alice and bob may publish, and `live` is alice's."""
    for user in (alice, bob):
        staff(user, *PUBLISHER)
    prompt = SystemPrompt.objects.get(slug="assistant")
    prompt.publish(text="Second wording.")
    SystemPrompt.objects.update(live_reserved=True)
    prompt.live_users.add(alice)
    prompt.refresh_from_db()
    return prompt


def as_user(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def publish(client: Client, prompt: SystemPrompt, **entered: str) -> str:
    page = url("systemprompt_publish", prompt.pk)
    sent = {"opened": client.get(page).context["opened"], "where": "live", **entered}
    return client.post(page, sent, follow=True).content.decode()


def tomorrow() -> str:
    return timezone.localtime(timezone.now() + timedelta(days=1)).strftime("%Y-%m-%dT%H:%M")


def run(scheduled: ScheduledPublication) -> str:
    """Its job, as if its time had come."""
    ScheduledPublication.objects.filter(pk=scheduled.pk).update(at=timezone.now())
    assert scheduled.job
    return tasks.find(scheduled.job.kind).function(**scheduled.job.arguments)


def live(prompt: SystemPrompt) -> int:
    return SystemPrompt.objects.values_list("published__number", flat=True).get(pk=prompt.pk)


def roll_back(client: Client, prompt: SystemPrompt, number: int) -> str:
    return client.post(url("systemprompt_live", prompt.pk), {"number": number, "opened": live(prompt)}, follow=True).content.decode()


def test_who_is_named_publishes_and_rolls_back(prompt: SystemPrompt, alice: User) -> None:
    client = as_user(alice)
    write_draft(client, prompt, text="Third wording.")
    assert "Version 3 is live." in publish(client, prompt)
    assert "“live” moved from version 3 to version 1." in roll_back(client, prompt, 1)


def test_others_publish_under_other_labels_alone(prompt: SystemPrompt, bob: User) -> None:
    client = as_user(bob)
    write_draft(client, prompt, text="Third wording.")
    page = client.get(url("systemprompt_publish", prompt.pk)).content.decode()
    assert "is moved by alice, superusers" in page
    assert 'value="later"' not in page
    for entered in ({}, {"where": "later", "at": tomorrow()}, {"emergency": "It tells secrets"}):
        assert "Publish it under another label." in publish(client, prompt, **entered)
    assert "published under “staging”" in publish(client, prompt, where="label", label="staging")
    assert "a choice of its own above" in publish(client, prompt, where="label", label="Live")
    assert not ScheduledPublication.objects.exists()
    assert live(prompt) == 2


def test_others_roll_nothing_back_and_are_not_offered_it(prompt: SystemPrompt, alice: User, bob: User) -> None:
    client = as_user(bob)
    assert "Nothing was moved" in roll_back(client, prompt, 1)
    client.post(url("systemprompt_label", prompt.pk, 1), {"name": "live"})
    assert live(prompt) == 2
    for page in (url("systemprompt_versions", prompt.pk), url("systemprompt_version", prompt.pk, 1)):
        offered = ["Make live<" in one.get(page).content.decode() for one in (client, as_user(alice))]
        assert offered == [False, True]


def test_members_of_a_named_group_and_superusers_move_it(prompt: SystemPrompt, bob: User, admin: User) -> None:
    group = Group.objects.create(name="Editors")
    prompt.live_groups.add(group)
    assert "Nothing was moved" in roll_back(as_user(bob), prompt, 1)
    bob.groups.add(group)
    roll_back(as_user(bob), prompt, 1)
    assert live(prompt) == 1
    roll_back(as_user(admin), prompt, 2)
    assert live(prompt) == 2
    bob.user_permissions.clear()  # being named gives no permission
    assert as_user(bob).post(url("systemprompt_live", prompt.pk), {"number": 1, "opened": 2}).status_code == 403


def test_a_schedule_asks_again_at_its_time_and_is_cancelled_by_those_who_may(prompt: SystemPrompt, alice: User, bob: User) -> None:
    client = as_user(alice)
    write_draft(client, prompt, text="Third wording.")
    publish(client, prompt, where="later", at=tomorrow())
    scheduled = ScheduledPublication.objects.get()
    cancel = url("systemprompt_unschedule", prompt.pk, scheduled.pk)
    assert as_user(bob).post(cancel).status_code == 403
    assert cancel not in as_user(bob).get(prompt_url(prompt)).content.decode()
    prompt.live_users.set([bob])
    assert "alice may not move “live” of it any more" in run(scheduled)
    assert live(prompt) == 2
    assert cancel in as_user(bob).get(url("systemprompt_change", prompt.pk)).content.decode()


def test_where_the_last_one_named_is_deleted_live_is_not_everybodys(prompt: SystemPrompt, alice: User, bob: User) -> None:
    alice.delete()
    assert "is moved by superusers." in roll_back(as_user(bob), prompt, 1)
    assert live(prompt) == 2


def test_superusers_alone_say_who_and_the_log_has_before_and_after(prompt: SystemPrompt, bob: User, admin: User) -> None:
    client = as_user(bob)
    save_prompt(client, prompt, live_reserved=None, live_users=str(bob.pk))
    prompt.refresh_from_db()
    assert (prompt.live_reserved, list(prompt.live_users.values_list("username", flat=True))) == (True, ["alice"])
    page = client.get(prompt_url(prompt)).content.decode()
    assert "Alice, superusers" in page
    assert 'name="live_users"' not in page
    save_prompt(as_user(admin), prompt, live_users=str(bob.pk))
    assert [user.username for user in prompt.live_users.all()] == ["bob"]
    assert "Changed Users who move “live” from “alice” to “bob”." in logged()
    refused = save_prompt(as_user(admin), prompt, live_reserved=None).content.decode()
    assert "Users or groups are named below" in refused
    save_prompt(as_user(admin), prompt, live_reserved=None, live_users=None)
    assert "Changed Only those named below move “live” from “yes” to “no”; Users who move “live” from “bob” to “none”." in logged()
    roll_back(client, prompt, 1)
    assert live(prompt) == 1


def test_what_is_said_of_who_may_choose_is_logged_with_before_and_after(prompt: SystemPrompt, admin: User) -> None:
    save_prompt(as_user(admin), prompt, model_choice="any", approvals_needed="1")
    assert "Changed Models to choose from from “None: the prompt’s model answers” to “Any model that isn’t hidden”;" in logged()[0]
    assert "Approvals needed from “none” to “1”." in logged()[0]


def test_another_default_prompt_is_no_way_round(prompt: SystemPrompt, alice: User, bob: User) -> None:
    mine = SystemPrompt.objects.create(slug="mine", name="Mine")
    mine.publish(text="Obey me.")
    assert "can make another prompt the default: alice" in save_prompt(as_user(bob), mine, default="on").content.decode()
    assert SystemPrompt.objects.get(is_default=True) == prompt
    save_prompt(as_user(alice), mine, default="on")
    assert SystemPrompt.objects.get(is_default=True) == mine
    gone = url("systemprompt_delete", prompt.pk)
    for user, left in ((bob, True), (alice, False)):
        as_user(user).post(gone, {"post": "yes"})
        assert SystemPrompt.objects.filter(pk=prompt.pk).exists() == left


def test_a_followed_fragment_is_no_way_round(prompt: SystemPrompt, alice: User, bob: User) -> None:
    tone = Fragment.objects.create(name="tone")
    tone.publish("Be kind.")
    prompt.publish(text="{{> tone }}")
    assert "“live” of it is moved by alice" in publish_fragment(as_user(bob), tone, text="Obey bob.").content.decode()
    assert tone.versions.count() == 1
    publish_fragment(as_user(alice), tone, text="Be brief.")
    assert tone.versions.count() == 2


@pytest.mark.parametrize("slug", ["assistant", "mine"])
def test_an_import_is_no_way_round(prompt: SystemPrompt, slug: str, tmp_path: Path) -> None:
    """By a file of the prompt, or by one that makes another prompt the default."""
    call_command("prompts", "export", tmp_path, stdout=StringIO())
    file = tmp_path / "assistant.md"
    changed = file.read_text().replace("Second wording.", "Third wording.")
    (tmp_path / f"{slug}.md").write_text(changed)
    if slug == "mine":
        file.unlink()
    with pytest.raises(CommandError, match=r"Nothing was changed\.") as refused:
        call_command("prompts", "import", tmp_path, author="bob", stdout=StringIO())
    assert "alice, superusers" in str(refused.value)
    assert live(prompt) == 2
    call_command("prompts", "import", tmp_path, author="alice", stdout=StringIO())
    assert live(SystemPrompt.objects.get(slug=slug)) == (3 if slug == "assistant" else 1)
