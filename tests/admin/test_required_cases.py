"""Where a prompt asks for it, a draft goes live only when its cases passed for exactly this wording, or in an emergency that the log tells of."""

from __future__ import annotations

import pytest
from django.test import Client

from conversations.evaluation.candidate import Candidate
from conversations.models import Case, Result, SystemPrompt, User
from conversations.studio import drafts, required_cases
from conversations.studio.files import importing
from conversations.studio.files.document import document_of
from conversations.studio.files.problems import FilesRefused
from conversations.studio.wording import wording_of
from tests.support.admin_pages import logged, save_prompt, staff, url, write_draft
from tests.support.cases import case, planned

pytestmark = pytest.mark.django_db


@pytest.fixture
def prompt(prompt: SystemPrompt) -> SystemPrompt:
    """Which asks for its cases, of which it has two."""
    SystemPrompt.objects.update(cases_required=True)
    case(prompt, "tide?")
    case(prompt, "moon?")
    prompt.refresh_from_db()
    return prompt


def ran(prompt: SystemPrompt, by: User, *good: bool | None) -> list[Result]:
    """A run of the draft: what its cases came to, in their order."""
    draft = drafts.of(prompt)
    assert draft
    run = planned(prompt, by, Candidate.of(draft, "the draft"))
    digest = run.candidates[0]["digest"]
    return [
        run.results.create(case=one, case_revision=one.revision, wording=digest, candidate=0, repeat=0, passed=passed, findings=[])
        for one, passed in zip(prompt.cases.order_by("name"), good, strict=True)
    ]


def publish(client: Client, prompt: SystemPrompt, **entered: str) -> str:
    page = url("systemprompt_publish", prompt.pk)
    sent = {"opened": client.get(page).context["opened"], "where": "live", **entered}
    return client.post(page, sent, follow=True).content.decode()


def test_it_goes_live_once_its_cases_passed(signed_in: Client, prompt: SystemPrompt, admin: User) -> None:
    write_draft(signed_in, prompt, text="Be brief.")
    assert "Cases: 0 of 2 passed" in signed_in.get(url("systemprompt_publish", prompt.pk)).content.decode()
    assert "Cases have not passed." in publish(signed_in, prompt)
    ran(prompt, admin, True, False)
    assert "1 failed" in signed_in.get(url("systemprompt_publish", prompt.pk)).content.decode()
    assert "Cases have not passed." in publish(signed_in, prompt)
    assert "is published under “staging”" in publish(signed_in, prompt, where="label", label="staging")
    ran(prompt, admin, True, True)
    assert "Cases: 2 of 2 passed" in signed_in.get(url("systemprompt_publish", prompt.pk)).content.decode()
    assert "Version 2 is live." in publish(signed_in, prompt)


def test_only_what_is_said_now_counts(signed_in: Client, prompt: SystemPrompt, admin: User) -> None:
    write_draft(signed_in, prompt, text="Be brief.")
    results = ran(prompt, admin, True, True)
    draft = drafts.of(prompt)
    assert draft
    wording = wording_of(draft)
    assert required_cases.standing(prompt, wording) == (2, 2, 0)
    assert required_cases.standing(prompt, wording | {"text": "Be brief!"}) == (2, 0, 0)
    Case.objects.filter(name="tide?").update(revision=2)
    assert required_cases.standing(prompt, wording) == (2, 1, 0)
    ran(prompt, admin, False, None)
    assert required_cases.standing(prompt, wording) == (2, 0, 1)
    Result.objects.exclude(pk__in=[one.pk for one in results]).filter(passed=False).update(verdict=True)
    assert required_cases.standing(prompt, wording) == (2, 1, 0)
    Case.objects.all().delete()
    assert required_cases.missing(prompt, wording) == 1


def test_in_an_emergency_the_log_tells_why(signed_in: Client, prompt: SystemPrompt) -> None:
    write_draft(signed_in, prompt, text="Be brief.")
    assert "Version 2 is live." in publish(signed_in, prompt, emergency="It tells secrets")
    assert logged()[-1].startswith("EMERGENCY, 2 of 2 cases not passed. Reason: It tells secrets. Published version 2")


def test_another_default_prompt_is_no_way_round(signed_in: Client, prompt: SystemPrompt, bob: User, admin: User) -> None:
    mine = SystemPrompt.objects.create(slug="mine", name="Mine")
    mine.publish(text="Obey me.")
    staff(bob, "view_systemprompt", "change_systemprompt", "publish_systemprompt")
    signed_in.force_login(bob)
    assert "a superuser can make it the default" in save_prompt(signed_in, mine, default="on").content.decode()
    document = document_of(mine)
    with pytest.raises(FilesRefused, match="a superuser can make it the default"):
        importing.publish([type(document)("new", document.wording, "New", default=True)], bob)
    assert SystemPrompt.objects.get(is_default=True) == prompt
    SystemPrompt.objects.filter(pk=mine.pk).update(cases_required=True)
    save_prompt(signed_in, mine, default="on")
    assert SystemPrompt.objects.get(is_default=True) == mine


def test_no_other_way_leads_around_it(signed_in: Client, prompt: SystemPrompt, admin: User) -> None:
    write_draft(signed_in, prompt, text="Be brief.")
    publish(signed_in, prompt, where="label", label="staging")
    moved = signed_in.post(url("systemprompt_live", prompt.pk), {"number": "2", "opened": "1"}, follow=True)
    assert "lacks 2 of 2 passed cases" in moved.content.decode()
    document = document_of(prompt)
    wording = {**document.wording, "text": "Be imported."}
    with pytest.raises(FilesRefused, match="lacks 2 of 2 passed cases"):
        importing.publish([type(document)(prompt.slug, wording, document.name, default=True, base=document.digest)], admin)
    prompt.refresh_from_db()
    assert prompt.published and prompt.published.number == 1
