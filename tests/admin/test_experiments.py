"""Experiments are started, changed, ended and published by those who may, and never serve what may not become live."""

from __future__ import annotations

from datetime import timedelta
from importlib import import_module
from types import SimpleNamespace
from typing import Any

import pytest
from django.apps import apps
from django.contrib.auth.models import Group, Permission
from django.db import connection
from django.test import Client
from django.utils import timezone

from conversations.evaluation.experiments import running
from conversations.models import (
    Arm,
    Audience,
    Ending,
    Experiment,
    Fragment,
    LabelMove,
    Metric,
    PromptApproval,
    PromptDraft,
    PromptVersion,
    SystemPrompt,
    User,
)
from conversations.studio import approvals, drafts
from conversations.studio.wording import wording_of
from tests.support.admin_pages import logged, prompt_url, publish_fragment, staff, url, write_draft
from tests.support.experiments import started, took_part

pytestmark = pytest.mark.django_db
RIGHTS = ("view_systemprompt", "publish_systemprompt", "experiment_systemprompt")


@pytest.fixture
def candidate(prompt: SystemPrompt) -> PromptVersion:
    return prompt.publish(text="Be the candidate.", label="next")


def entered(**changes: str) -> dict[str, str]:
    return {"candidate": "2", "share": "20", "goal": "errors", "fewest": "40", "guard_errors": "5", "guard_cost": "", **changes}


def start(client: Client, prompt: SystemPrompt, **changes: str) -> Any:
    return client.post(f"{url('experiment_add')}?prompt={prompt.pk}", entered(**changes), follow=True)


def page(client: Client, experiment: Experiment) -> str:
    return client.get(url("experiment_change", experiment.pk)).content.decode()


def test_it_is_started_shown_changed_and_ended(signed_in: Client, prompt: SystemPrompt, candidate: PromptVersion, admin: User) -> None:
    assert f"?prompt={prompt.pk}&amp;candidate=2" in signed_in.get(url("systemprompt_version", prompt.pk, 2)).content.decode()
    start(signed_in, prompt, note="Shorter")
    experiment = Experiment.objects.get()
    assert (experiment.live, experiment.candidate, experiment.share) == (prompt.published, candidate, 20)
    assert (experiment.guards, experiment.goal, experiment.fewest) == ({"errors": 5.0}, "errors", 40)
    assert logged()[-1] == (
        "Started an experiment: version 2 answers 20 % of new conversations, version 1 (live) the others; goal: Errors; "
        "guards: errors at most 5 points more; at least 40 conversations in each arm."
    )
    assert "answers 20 % of new conversations" in signed_in.get(prompt_url(prompt)).content.decode()
    assert "experiment: version 2 in 20 %" in signed_in.get(url("systemprompt_changelist")).content.decode()
    assert "An experiment with this prompt runs already." in start(signed_in, prompt).content.decode()

    guards = url("experiment_guards", experiment.pk)
    assert 'value="5"' in signed_in.get(guards).content.decode()
    signed_in.post(guards, {"guard_errors": "3", "guard_cost": "20", "most_conversations": "1000"})
    before, after = "guards: errors at most 5 points more", "guards: errors at most 3 points more, cost of an answer at most 20 % more"
    assert logged()[-1] == f"Changed the experiment with version 2 from “{before}” to “{after}; until 1,000 conversations took part”."
    signed_in.post(guards, {"guard_errors": "3", "guard_cost": "20", "most_conversations": "1000"})
    assert len(logged()) == 2  # nothing changed

    for _ in range(2):
        signed_in.post(url("experiment_end", experiment.pk))
    experiment.refresh_from_db()
    assert (experiment.ending, experiment.ended_by) == (Ending.BY_HAND, admin)
    assert logged()[2:] == [
        "Ended the experiment with version 2, which answered 20 % of new conversations: It was ended by hand. "
        "All conversations follow what is live."
    ]
    assert "of new conversations" not in signed_in.get(prompt_url(prompt)).content.decode()
    assert "ended by hand" in page(signed_in, experiment)
    assert signed_in.post(guards, {"guard_errors": "1"}, follow=True).status_code == 200
    assert len(logged()) == 3


def test_it_is_ended_only_after_a_question(signed_in: Client, prompt: SystemPrompt, admin: User, alice: User) -> None:
    experiment = started(prompt, admin)
    took_part(experiment, Arm.LIVE, alice)
    end = url("experiment_end", experiment.pk)
    assert f'href="{end}"' in page(signed_in, experiment) and f'action="{end}"' not in page(signed_in, experiment)
    asked = signed_in.get(end).content.decode()
    assert "1 conversation took part so far." in asked and "Yes, end the experiment" in asked and "No, take me back" in asked
    experiment.refresh_from_db()
    assert experiment.is_running
    assert "The experiment has ended." in signed_in.post(end, follow=True).content.decode()
    assert "The experiment had ended already." in signed_in.get(end, follow=True).content.decode()


def test_one_click_publishes_the_candidate(signed_in: Client, prompt: SystemPrompt, admin: User) -> None:
    write_draft(signed_in, prompt, text="Be the candidate.")
    draft = drafts.of(prompt)
    assert draft
    publish = url("systemprompt_publish", prompt.pk)
    signed_in.post(publish, {"opened": signed_in.get(publish).context["opened"], "where": "label", "label": "next"})
    start(signed_in, prompt)
    experiment = Experiment.objects.get()
    answer = signed_in.post(url("experiment_publish", experiment.pk), follow=True)
    assert "Version 2 is live." in answer.content.decode()
    prompt.refresh_from_db()
    experiment.refresh_from_db()
    assert prompt.published == experiment.candidate
    assert (experiment.ending, experiment.ended_by) == (Ending.PUBLISHED, admin)
    assert logged()[-1] == "Published the candidate of an experiment: moved the label “live” from version 1 to version 2."
    assert (LabelMove.objects.latest("id").reason, PromptDraft.objects.exists()) == ("After an experiment", False)
    again = signed_in.post(url("experiment_publish", experiment.pk), follow=True).content.decode()
    assert "something else than what it was compared with is live by now" in again


def test_one_that_ended_as_planned_can_be_published(signed_in: Client, prompt: SystemPrompt, admin: User) -> None:
    experiment = started(prompt, admin)
    experiment.end(Ending.PLAN, "Its planned end has come.")
    assert "Publish version 2" in page(signed_in, experiment)
    signed_in.post(url("experiment_publish", experiment.pk))
    prompt.refresh_from_db()
    assert prompt.published == experiment.candidate


def test_moving_live_otherwise_ends_it_and_says_so(signed_in: Client, prompt: SystemPrompt, admin: User) -> None:
    prompt.publish(text="Be new.")
    experiment = started(prompt, admin)
    write_draft(signed_in, prompt, text="Be newer.")
    assert (
        "runs with version 3. It ends when something becomes live."
        in signed_in.get(url("systemprompt_publish", prompt.pk)).content.decode()
    )
    moved = signed_in.post(url("systemprompt_live", prompt.pk), {"number": "1", "opened": "2"}, follow=True).content.decode()
    assert "The experiment with version 3 has ended with it." in moved
    experiment.refresh_from_db()
    assert (experiment.ending, experiment.reason) == (Ending.LIVE_MOVED, "Version 1 was made live meanwhile.")
    assert experiment.reason in "".join(logged())


@pytest.mark.parametrize(
    ("lacking", "may"),
    [
        ("publish_systemprompt", {"end"}),
        ("experiment_systemprompt", {"publish"}),
        ("view_systemprompt", set()),
        ("", {"start", "guards", "end", "publish"}),
    ],
)
def test_who_may_do_what(
    client: Client, prompt: SystemPrompt, candidate: PromptVersion, admin: User, bob: User, lacking: str, may: Any
) -> None:
    """Whom a right lacks is refused what it is for, and shown no button for it. To end one takes the right to run them alone."""
    bob = staff(bob, *(right for right in RIGHTS if right != lacking))
    client.force_login(bob)
    did = set()
    start(client, prompt)
    if Experiment.objects.exists():
        did.add("start")
        Experiment.objects.get().end(Ending.BY_HAND, "Enough.")
    experiment = started(prompt, admin, "Be another.", guards={"errors": 1})
    shown = client.get(url("experiment_change", experiment.pk))
    text = shown.content.decode() if shown.status_code == 200 else ""
    buttons = {"guards": "Change guards", "end": "End it", "publish": "Publish version"}
    assert {name for name, words in buttons.items() if words in text} == may - {"start"}
    assert "admin" not in text.split("<main", 1)[-1].split("started", 1)[-1][:60]  # names of users are for those who see users
    client.post(url("experiment_guards", experiment.pk), {"guard_errors": "9"})
    experiment.refresh_from_db()
    did |= {"guards"} if experiment.guards == {"errors": 9} else set()
    client.post(url("experiment_end", experiment.pk))
    experiment.refresh_from_db()
    did |= {"end"} if experiment.ended else set()
    refused = client.post(url("experiment_publish", experiment.pk)).status_code == 403
    assert refused == ("publish" not in may)
    prompt.refresh_from_db()
    did |= {"publish"} if prompt.published == experiment.candidate else set()
    assert did == may


def test_approvals_are_not_got_round(signed_in: Client, prompt: SystemPrompt, candidate: PromptVersion, bob: User) -> None:
    SystemPrompt.objects.filter(pk=prompt.pk).update(approvals_needed=1)
    assert "Version 2 lacks 1 of 1 approvals." in start(signed_in, prompt).content.decode()
    assert not Experiment.objects.exists()
    PromptApproval.objects.create(prompt=prompt, digest=approvals.digest(wording_of(candidate)), by=bob)
    start(signed_in, prompt)
    experiment = Experiment.objects.get()
    PromptApproval.objects.all().delete()
    assert "lacks 1 of 1 approvals" in signed_in.post(url("experiment_publish", experiment.pk), follow=True).content.decode()
    prompt.refresh_from_db()
    assert prompt.published != candidate


def test_required_cases_are_not_got_round(signed_in: Client, prompt: SystemPrompt, candidate: PromptVersion) -> None:
    SystemPrompt.objects.filter(pk=prompt.pk).update(cases_required=True)
    assert "Version 2 lacks 1 of 1 passed cases." in start(signed_in, prompt).content.decode()
    assert not Experiment.objects.exists()


def test_what_was_live_before_needs_neither(signed_in: Client, prompt: SystemPrompt) -> None:
    prompt.publish(text="Be new.")
    SystemPrompt.objects.filter(pk=prompt.pk).update(cases_required=True, approvals_needed=1)
    start(signed_in, prompt, candidate="1")
    assert Experiment.objects.get().candidate.number == 1


@pytest.mark.parametrize("obstacle", ["live", "hidden", "variables", "names", "unpublished"])
def test_what_cant_be_compared_or_sent_is_told(signed_in: Client, prompt: SystemPrompt, candidate: PromptVersion, obstacle: str) -> None:
    told = {
        "live": "Select a valid choice",
        "hidden": "Users can’t choose this prompt",
        "variables": "Version 3 declares other variables than the live one",
        "names": "Version 3 can’t be sent",
        "unpublished": "Nothing of this prompt is live yet",
    }
    number = {"live": "1", "hidden": "2", "unpublished": "2"}.get(obstacle, "3")
    if obstacle == "hidden":
        SystemPrompt.objects.filter(pk=prompt.pk).update(audience=Audience.NOBODY)
    elif obstacle == "unpublished":
        SystemPrompt.objects.filter(pk=prompt.pk).update(published=None)
    elif obstacle == "variables":
        prompt.add_version(text="{{ topic }}", variables=[{"name": "topic", "type": "text"}])
    elif obstacle == "names":
        prompt.add_version(text="{{ nonsense }}")
    assert told[obstacle] in start(signed_in, prompt, candidate=number).content.decode()
    assert not Experiment.objects.exists()


def test_a_fragment_that_it_follows_gets_no_other_text_without_approval(signed_in: Client, prompt: SystemPrompt, bob: User) -> None:
    fragment = Fragment.objects.create(name="tone")
    fragment.publish("Be kind.")
    candidate = prompt.publish(text="{{> tone }}", label="next")
    SystemPrompt.objects.filter(pk=prompt.pk).update(approvals_needed=1)
    PromptApproval.objects.create(prompt=prompt, digest=approvals.digest(wording_of(candidate)), by=bob)
    start(signed_in, prompt)
    experiment = Experiment.objects.get()
    shown = publish_fragment(signed_in, fragment, text="Be rude.").content.decode()
    assert "asks for approvals or passed cases" in shown
    experiment.end(Ending.BY_HAND, "Enough.")
    publish_fragment(signed_in, fragment, text="Be rude.")
    assert fragment.versions.count() == 2


@pytest.mark.parametrize(
    ("field", "value", "told"),
    [
        ("share", "0", "greater than or equal to 1"),
        ("share", "91", "less than or equal to 90"),
        ("fewest", "29", "greater than or equal to 30"),
        ("guard_errors", "-1", "greater than or equal to 0"),
        ("guard_errors", "nan", "Enter a number"),
        ("until", "2020-01-01T00:00", "This time is over."),
        ("until", "tomorrow", "Enter a date and a time"),
        ("goal", "luck", "Select a valid choice"),
    ],
)
def test_what_is_entered_is_checked(
    signed_in: Client, prompt: SystemPrompt, candidate: PromptVersion, field: str, value: str, told: str
) -> None:
    assert told in start(signed_in, prompt, **{field: value}).content.decode()
    assert not Experiment.objects.exists()


def test_two_that_start_at_once_make_one(prompt: SystemPrompt, admin: User) -> None:
    started(prompt, admin)
    with pytest.raises(running.NotPossible, match="runs already"):
        started(prompt, admin, "Be another.")
    assert Experiment.objects.count() == 1


def test_its_page_says_what_the_arms_did(signed_in: Client, prompt: SystemPrompt, admin: User, alice: User) -> None:
    experiment = started(prompt, admin, goal=Metric.ERRORS)
    took_part(experiment, Arm.CANDIDATE, alice, answers=4, errors=1, up=2)
    took_part(experiment, Arm.LIVE, alice, answers=2, down=1, first_token_ms=1500)
    shown = page(signed_in, experiment)
    for words in ("Not enough data.", "25.0 %", "of 1 of 4", "4.6 to 69.9 %", "$0.01", "1.50 s", "100.0 %", "and 30 are needed"):
        assert words in shown, words


def test_the_first_page_tells_of_one_that_nothing_looks_at(signed_in: Client, prompt: SystemPrompt, admin: User) -> None:
    experiment = started(prompt, admin)
    said = "The experiment with version 2 of Assistant"
    assert said not in signed_in.get("/admin/").content.decode()
    Experiment.objects.update(started=timezone.now() - timedelta(minutes=31))
    assert said in signed_in.get("/admin/").content.decode()
    assert "Needs attention" in page(signed_in, experiment)


def test_who_starts_it_and_loses_the_account_is_missed_nowhere(signed_in: Client, prompt: SystemPrompt, bob: User) -> None:
    experiment = started(prompt, staff(bob, *RIGHTS))
    bob.delete()
    experiment.refresh_from_db()
    assert experiment.end(Ending.PLAN, "Its planned end has come.")
    assert "Its planned end has come." in page(signed_in, experiment)


def test_the_ready_group_has_the_right_unless_it_was_changed(db: None) -> None:
    right = Permission.objects.get(codename="experiment_systemprompt")
    assert set(right.group_set.values_list("name", flat=True)) == {"Prompt publisher"}
    right.group_set.clear()
    migration: Any = import_module("conversations.migrations.0051_running_experiments_is_a_right_of_its_own")
    migration.give_the_right(apps, SimpleNamespace(connection=connection))
    assert right.group_set.exists()
    right.group_set.clear()
    Group.objects.get(name="Prompt publisher").permissions.add(Permission.objects.get(codename="view_attempt"))
    migration.give_the_right(apps, SimpleNamespace(connection=connection))
    assert not right.group_set.exists()


def test_unknown_addresses_are_no_pages(signed_in: Client, prompt: SystemPrompt) -> None:
    assert signed_in.get(f"{url('experiment_add')}?prompt=nothing").status_code == 200
    assert signed_in.get(f"{url('experiment_add')}?prompt=00000000-0000-0000-0000-000000000000").status_code == 404
    assert signed_in.get(f"{url('experiment_add')}?prompt={prompt.pk}&candidate=99999999999").status_code == 200
