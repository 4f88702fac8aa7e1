"""A proposed rewrite is planned on a run's page, taken piece by piece into the draft, and judged on cases that it wasn't written from."""

from __future__ import annotations

from html import unescape
from typing import Any

import pytest
from django.test import Client

from conversations.models import Improvement, Run, SystemPrompt, User
from conversations.studio import drafts
from tests.support import jobs
from tests.support.admin_pages import logged, prompt_url, staff, url
from tests.support.rewrites import NEW, OLD, answering, failed_run, rewrite
from tests.support.scripted_openai import ScriptedOpenAI

pytestmark = pytest.mark.django_db(transaction=True)
EVALUATOR = ("view_systemprompt", "evaluate_systemprompt")


@pytest.fixture
def run(provider: ScriptedOpenAI, settings: Any, prompt: SystemPrompt, admin: User) -> Run:
    """Of what is live, which four of five cases failed."""
    settings.OPENAI_BASE_URL, settings.OPENAI_API, settings.OPENAI_API_KEY = provider.base_url, "chat_completions", "sk-test-0123456789"
    settings.OPENAI_MODEL = "scripted-model"
    provider.answer_with = answering
    prompt.publish(text=OLD)
    return failed_run(prompt, admin)


def plan(client: Client, run: Run) -> Improvement:
    client.post(url("run_improve", run.pk), {"candidate": "0", "model": "", "cap": "1.00"})
    return Improvement.objects.get()


def proposed(client: Client, run: Run) -> Improvement:
    made = plan(client, run)
    client.post(url("run_start_improvement", run.pk, made.pk))
    made.refresh_from_db()
    assert made.job
    jobs.run(made.job)
    made.refresh_from_db()
    return made


def page(client: Client, made: Improvement) -> str:
    return unescape(client.get(url("run_improvement", made.run_id, made.pk)).content.decode())


def take(client: Client, made: Improvement, *hunks: int, **more: str) -> Any:
    return client.post(url("run_take_improvement", made.run_id, made.pk), {"hunk": [str(hunk) for hunk in hunks], **more}, follow=True)


def test_it_is_planned_before_anything_is_asked(signed_in: Client, run: Run, provider: ScriptedOpenAI) -> None:
    assert "Propose a rewrite" in signed_in.get(url("run_change", run.pk)).content.decode()
    assert "version 1, live (4 failed)" in signed_in.get(url("run_improve", run.pk)).content.decode()
    before = len(provider.streams)
    made = plan(signed_in, run)
    said = page(signed_in, made)
    assert "of unknown cost" in said
    assert len(provider.streams) == before
    assert sorted(case.name for case in run.cases.all() if case.name in said) == sorted(case.name for case in run.cases.all())
    assert said.index("Cases it is written from") < said.index("What blows 0?")  # which is held out


def test_some_pieces_are_taken_into_the_draft(signed_in: Client, run: Run, prompt: SystemPrompt) -> None:
    made = proposed(signed_in, run)
    assert "<del>" not in page(signed_in, made).split("Proposed changes")[0]
    response = take(signed_in, made, 1)
    assert response.redirect_chain[-1][0] == prompt_url(prompt)
    assert drafts.edited(prompt)["text"] == OLD + "\nNever guess."
    assert "The draft has 1 change of the rewrite." in response.content.decode()
    take(signed_in, made, 0, 1)
    assert drafts.edited(prompt)["text"] == NEW
    assert logged()[-2:] == [f"Took {number} of a proposed rewrite into the draft of “Assistant”." for number in ("1 change", "2 changes")]


def test_what_the_draft_says_by_now_stays(signed_in: Client, run: Run, prompt: SystemPrompt, admin: User) -> None:
    made = proposed(signed_in, run)
    drafts.save(prompt, {**drafts.edited(prompt), "text": "Be kind.\nTalk of the sea.", "model": "other"}, admin)
    take(signed_in, made, 0, 1)
    assert (drafts.edited(prompt)["text"], drafts.edited(prompt)["model"]) == (NEW.replace("brief", "kind"), "other")
    drafts.save(prompt, {**drafts.edited(prompt), "text": "Be kind.\nTalk of ships."}, admin)
    assert "the draft says by now “Be kind.\nTalk of ships.”" in take(signed_in, made, 0).content.decode()
    assert drafts.edited(prompt)["text"] == "Be kind.\nTalk of ships."
    take(signed_in, made, 0, anyway="on")
    assert drafts.edited(prompt)["text"] == "Be brief.\nTalk of the moon and the sea."


def test_nothing_ticked(signed_in: Client, run: Run, prompt: SystemPrompt) -> None:
    made = proposed(signed_in, run)
    for hunks in ((), (7,)):
        assert "Tick at least one change." in take(signed_in, made, *hunks).content.decode()
    assert drafts.of(prompt) is None


def test_what_is_ticked_is_judged_on_what_was_held_out(signed_in: Client, run: Run) -> None:
    made = proposed(signed_in, run)
    judging = Run.objects.exclude(pk=run.pk)
    said = take(signed_in, made, 0, judge="1").content.decode()
    (one,) = judging
    assert "These cases judge a" in said
    assert [candidate["wording"]["text"] for candidate in one.candidates] == [OLD, "Be brief.\nTalk of the moon and the sea."]
    assert {str(case.pk) for case in one.cases.all()} == {str(case.pk) for case in run.cases.all()} - set(made.seen)
    assert (one.state, one.results.count()) == ("planned", 0)
    assert "The run that judges it" in page(signed_in, made)


def test_lost_and_unknown_names_are_flagged(signed_in: Client, run: Run, provider: ScriptedOpenAI) -> None:
    Run.objects.update(
        candidates=[{**run.candidates[0], "wording": {**run.candidates[0]["wording"], "text": "{{ user.name }}, {{> tone }}"}}]
    )
    provider.answer_with = lambda request: rewrite(request, "{{ user.name }}, <script>alert(1)</script> {{ moon }}")
    said = signed_in.get(url("run_improvement", run.pk, proposed(signed_in, run).pk)).content.decode()
    assert "The rewrite leaves out <code>{{&gt; tone }}</code>." in said
    assert "The rewrite adds <code>{{ moon }}</code>." in said
    assert "As it stands it couldn’t be published." in said
    assert "<script>alert" not in said


def test_why_there_is_none_is_told(signed_in: Client, run: Run, provider: ScriptedOpenAI, prompt: SystemPrompt) -> None:
    provider.answer_with = lambda request: rewrite(request, OLD)
    made = proposed(signed_in, run)
    assert "The model changed nothing." in page(signed_in, made)
    assert "Proposed changes" not in page(signed_in, made)
    take(signed_in, made, 0)
    assert drafts.of(prompt) is None


def test_rights(signed_in: Client, run: Run, bob: User, prompt: SystemPrompt) -> None:
    made = proposed(signed_in, run)
    client = signed_in
    client.force_login(bob)
    pages = {
        name: url(f"run_{name}", run.pk, made.pk) for name in ("improvement", "start_improvement", "cancel_improvement", "take_improvement")
    }
    for rights in ((), ("view_systemprompt", "change_systemprompt")):  # without evaluating, runs aren't seen
        staff(bob, *rights)
        assert {client.get(pages["improvement"]).status_code, client.post(pages["take_improvement"], {"hunk": "0"}).status_code} == {403}
        assert client.get(url("run_improve", run.pk)).status_code == 403
    staff(bob, *EVALUATOR)
    assert "Take what is ticked" not in page(client, made)
    assert client.get(url("run_improve", run.pk)).status_code == 403
    for name in ("start_improvement", "cancel_improvement"):
        assert client.post(pages[name]).status_code == 403
    assert client.post(pages["take_improvement"], {"hunk": "0"}).status_code == 403
    assert drafts.of(prompt) is None
    assert client.post(pages["take_improvement"], {"hunk": "0", "judge": "1"}).status_code == 302
    assert Run.objects.count() == 2
    staff(bob, *EVALUATOR, "change_systemprompt")
    take(client, made, 0)
    assert drafts.of(prompt) is not None


def test_a_run_without_a_failure_offers_none(signed_in: Client, run: Run) -> None:
    run.results.update(verdict=True)
    assert "Propose a rewrite" not in signed_in.get(url("run_change", run.pk)).content.decode()
    said = signed_in.get(url("run_improve", run.pk), follow=True).content.decode()
    assert "No answer in this run failed." in said
