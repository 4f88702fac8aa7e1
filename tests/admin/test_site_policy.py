"""Superusers make a fragment the site policy and publish it; all prompts change by that, which is shown first."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from conversations.evaluation.candidate import AskedCase, Candidate
from conversations.models import Fragment, SystemPrompt, User
from conversations.studio import drafts, fragment_drafts
from conversations.studio.wording import wording_of
from tests.support.admin_pages import logged, publish_fragment, staff, submit, url
from tests.support.cases import case


@pytest.fixture
def policy(db: None, admin: User) -> Fragment:
    Fragment.objects.create(name="law").publish("the law")
    fragment = Fragment.objects.create(name="policy", policy_since=timezone.now() - timedelta(days=2))
    fragment.publish("Obey {{> law }}, {{ user.name }}.", author=admin)
    fragment.versions.update(created=timezone.now() - timedelta(days=3))
    Fragment.objects.get(name="law").versions.update(created=timezone.now() - timedelta(days=3))
    return fragment


def tick(client: Client, fragment: Fragment, **changes: str | None) -> str:
    return str(submit(client, url("fragment_change", fragment.pk), "fragment_form", **changes).content.decode())


def test_a_superuser_makes_a_fragment_the_site_policy_and_takes_it_away(signed_in: Client, policy: Fragment) -> None:
    law = Fragment.objects.get(name="law")
    assert "“policy” is the site policy: untick it there first." in tick(signed_in, law, site_policy="on")
    assert "No prompt has it before its text" in tick(signed_in, policy, site_policy=None)
    assert "Every prompt has it before its text" in tick(signed_in, law, site_policy="on")
    assert list(Fragment.objects.filter(policy_since__isnull=False)) == [law]
    assert ["Took it away as the site policy." in logged(), "Made it the site policy, before each prompt’s text." in logged()] == [True] * 2
    tick(signed_in, law, site_policy=None)
    law.publish("{{ topic }}")
    assert "It can’t stand before each prompt." in tick(signed_in, law, site_policy="on")
    assert not Fragment.objects.filter(policy_since__isnull=False).exists()


@pytest.mark.parametrize("name", ["policy", "law"])
def test_only_superusers_publish_what_is_in_it(
    client: Client, signed_in: Client, policy: Fragment, prompt: SystemPrompt, bob: User, name: str
) -> None:
    fragment = Fragment.objects.get(name=name)
    theirs = Client()
    theirs.force_login(staff(bob, "view_systemprompt", "change_systemprompt", "publish_systemprompt", "delete_systemprompt"))
    told = publish_fragment(theirs, fragment, text="Anything.").content.decode()
    assert "It is part of the site policy, which superusers publish." in told and "by the site policy" in told
    assert theirs.post(url("fragment_publish", fragment.pk), {"opened": fragment_drafts.state_of(fragment)}).status_code == 200
    tick(theirs, fragment, site_policy=None if name == "policy" else "on")
    assert [one.name for one in Fragment.objects.filter(policy_since__isnull=False)] == ["policy"]
    signed_in.post(url("fragment_delete", fragment.pk), {"post": "yes"})
    fragment.refresh_from_db()
    assert fragment.current and fragment.current.number == 1
    assert "can’t stand before each prompt" in publish_fragment(signed_in, fragment, text="{{ topic }}").content.decode()
    told = publish_fragment(signed_in, fragment, text="Anything.").content.decode()
    assert "Version 2" in told and "all prompts get it with the next answer" in told


def test_publishing_it_lists_all_prompts_and_needs_no_approval(
    signed_in: Client, policy: Fragment, prompt: SystemPrompt, admin: User
) -> None:
    plain = SystemPrompt.objects.create(name="Plain", slug="plain", approvals_needed=1)
    plain.versions.model.objects.filter(pk=plain.publish(text="{{ as it is }}").pk).update(is_template=False)
    fragment_drafts.save(policy, "Be good.", admin)
    shown = signed_in.get(url("fragment_publish", policy.pk)).content.decode()
    assert ">Plain</a>" in shown and f">{prompt.name}</a>" in shown and "errornote" not in shown
    assert "all prompts get it" in publish_fragment(signed_in, policy, text="Be good.").content.decode()


def test_the_preview_and_a_past_day_show_it_as_a_part_of_its_own(
    signed_in: Client, policy: Fragment, prompt: SystemPrompt, admin: User
) -> None:
    prompt.publish(text="Hello.")
    prompt.label_moves.update(at=timezone.now() - timedelta(days=3))
    page = signed_in.get(url("systemprompt_preview", prompt.pk)).content.decode()
    assert "Site policy, about" in page and f"Obey the law, {admin.get_username()}." in page
    drafts.save(prompt, {**wording_of(None), "text": "{{ site }}"}, admin)
    moves = url("systemprompt_moves", prompt.pk)
    for days, is_shown in ((1, True), (2.5, False)):
        moment = (timezone.now() - timedelta(days=days)).strftime("%Y-%m-%dT%H:%M")
        told = signed_in.get(moves, {"at": moment}).content.decode()
        assert ("Obey the law, {{ user.name }}." in told) == is_shown
        assert "policy v1" in told or not is_shown


def test_runs_are_told_it_whatever_the_version_is(policy: Fragment, prompt: SystemPrompt, bob: User) -> None:
    asked = AskedCase.of(case(prompt, "tide?"))
    version = prompt.publish(text="Hello {{ site }}")
    candidate = Candidate.of(version, "live")
    assert candidate.told(asked, bob).system.startswith("Obey the law, bob.\n\nHello ")
    version.is_template = False
    assert Candidate.of(version, "live").told(asked, bob).system == "Obey the law, bob.\n\nHello {{ site }}"
