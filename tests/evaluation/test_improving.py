"""A rewrite is proposed by a job from half of the cases that failed, within its cap, and judged on all that it wasn't written from."""

from __future__ import annotations

from typing import Any

import pytest

from conversations.evaluation import improving, rewriting, runs
from conversations.evaluation.improving import NotPossible
from conversations.jobs.context import Reason, Stopped, TaskContext
from conversations.models import NANO, Attempt, Counting, Improvement, Job, RunState, SystemPrompt, User
from tests.support import cases, jobs
from tests.support.admin_pages import staff
from tests.support.limits import limit, price
from tests.support.rewrites import NEW, OLD, answering, failed_run
from tests.support.scripted_openai import Answer, Finish, Gate, Hold, ScriptedOpenAI, Text, failure

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def asked(provider: ScriptedOpenAI, settings: Any) -> ScriptedOpenAI:
    settings.OPENAI_BASE_URL, settings.OPENAI_API, settings.OPENAI_API_KEY = provider.base_url, "chat_completions", "sk-test-0123456789"
    settings.OPENAI_MODEL = "scripted-model"
    provider.answer_with = answering
    return provider


@pytest.fixture
def prompt() -> SystemPrompt:
    return SystemPrompt.objects.get(slug="assistant")


def planned(prompt: SystemPrompt, by: User, dollars: int = 10, **counts: int) -> Improvement:
    return improving.plan(failed_run(prompt, by, **counts), 0, "", dollars * NANO, by)


def run(improvement: Improvement) -> str:
    improving.start(improvement)
    improvement.refresh_from_db()
    assert improvement.job
    said = jobs.run(improvement.job)
    improvement.refresh_from_db()
    return said


@pytest.mark.every_database
def test_it_is_written_from_half_and_judged_on_the_rest(asked: ScriptedOpenAI, prompt: SystemPrompt, admin: User) -> None:
    made = planned(prompt, admin, failing=5, passing=2)
    assert made.state == RunState.PLANNED
    before = len(asked.streams)
    assert run(made) == "A rewrite was proposed."
    assert (made.state, made.proposal, made.problem) == (RunState.DONE, NEW, "")
    (request,) = asked.streams[before:]
    shown, held = {case.name for case in improving.seen(made)}, {case.name for case in improving.held_out(made)}
    assert (len(shown), len(held), shown & held) == (3, 4, set())
    assert all(name in request.question for name in shown)
    assert not any(name in request.question for name in held)
    assert OLD in request.question
    assert "contains “moon”: “moon” is not in the answer." in request.question
    assert Attempt.objects.filter(purpose="trial").count() == 1
    judging = improving.judge(made, made.proposal, admin)
    cases.run(judging)
    assert {case.name for case in judging.cases.all()} == held
    old, new = [judging.results.filter(candidate=number, passed=True).count() for number in (0, 1)]
    assert (old, new) == (2, 2)  # the moon is named now, and the wind no longer: what passed before is judged, too
    assert (made.run.judged.count(), Improvement.objects.get().judged_by) == (0, judging)


def test_where_one_case_failed_the_others_are_held_out(asked: ScriptedOpenAI, prompt: SystemPrompt, admin: User) -> None:
    made = planned(prompt, admin, failing=1, passing=0)
    run(made)
    with pytest.raises(NotPossible, match="no case that the rewrite was not written from"):
        improving.judge(made, made.proposal, admin)


def test_nothing_failed(asked: ScriptedOpenAI, prompt: SystemPrompt, admin: User) -> None:
    with pytest.raises(NotPossible, match="No answer of this candidate failed"):
        planned(prompt, admin, failing=0, passing=1)


def test_a_verdict_of_a_user_counts_as_a_failure(asked: ScriptedOpenAI, prompt: SystemPrompt, admin: User) -> None:
    made = failed_run(prompt, admin, failing=0, passing=1)
    made.results.update(verdict=False, note="Too windy")
    improvement = improving.plan(made, 0, "", NANO, admin)
    run(improvement)
    assert "Too windy" in asked.streams[-1].question


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (Answer(steps=(Text("I’m sorry, but I can’t help with that."), Finish())), "The model refused to rewrite it."),
        (Answer(steps=(Text("Well"), Finish("length"))), "The model’s answer was cut off before the end of the new text."),
        (failure(400, "Too long", code="context_length_exceeded"), "too long"),
    ],
)
def test_what_is_no_proposal_is_told(asked: ScriptedOpenAI, prompt: SystemPrompt, admin: User, answer: Answer, words: str) -> None:
    made = planned(prompt, admin)
    asked.answer_with = lambda _: answer
    assert words in run(made)
    assert words in made.problem
    assert (made.state, made.proposal) == (RunState.STOPPED, "")


def test_it_asks_once_and_not_beyond_its_cap(asked: ScriptedOpenAI, prompt: SystemPrompt, admin: User) -> None:
    made = planned(prompt, admin)
    run(made)
    with pytest.raises(NotPossible):
        improving.start(made)
    before = len(asked.streams)
    assert made.job
    assert jobs.run(made.job) == "The proposal is there already."
    price()  # a thousand dollars a million tokens
    dear = improving.plan(made.run, 0, "", NANO, admin)
    assert dear.estimate and dear.estimate > NANO
    with pytest.raises(NotPossible, match="more than its cap"):
        improving.start(dear)
    assert len(asked.streams) == before


def test_the_budget_of_trials_has_the_last_word(asked: ScriptedOpenAI, prompt: SystemPrompt, admin: User) -> None:
    made = planned(prompt, admin)
    limit(counting=Counting.TRIALS, monthly_tokens=10)
    run(made)
    assert "trials of prompts" in made.problem
    assert made.state == RunState.STOPPED


def test_nothing_is_asked_in_the_name_of_a_user_who_may_no_longer_evaluate(
    asked: ScriptedOpenAI, prompt: SystemPrompt, admin: User, bob: User
) -> None:
    staff(bob, "view_systemprompt", "change_systemprompt", "evaluate_systemprompt")
    made = failed_run(prompt, admin)
    first, second, third = [improving.plan(made, 0, "", NANO, bob) for _ in range(3)]
    bob.user_permissions.clear()
    assert run(first) == "bob, who made it, may no longer evaluate prompts."
    User.objects.filter(pk=bob.pk).update(is_active=False)
    assert run(second) == "bob, who made it, was deactivated."
    bob.delete()
    assert run(third) == runs.DELETED
    assert {one.state for one in (first, second, third)} == {RunState.STOPPED}
    assert not asked.streams


def test_it_is_cancelled_while_the_model_writes(asked: ScriptedOpenAI, prompt: SystemPrompt, admin: User) -> None:
    made = planned(prompt, admin)
    gate = Gate()
    asked.answer_with = lambda _: Answer(steps=(Text("--- "), Hold(gate), Finish()))
    improving.start(made)
    made.refresh_from_db()
    job = made.job
    assert job
    context = TaskContext(job)
    context.stop(Reason.CANCELLED)
    with pytest.raises(Stopped):
        improving.propose.call(context, job.arguments)
    gate.open()
    made.refresh_from_db()
    assert (made.state, made.problem) == (RunState.STOPPED, "It was cancelled.")


def test_one_that_waits_is_cancelled(asked: ScriptedOpenAI, prompt: SystemPrompt, admin: User) -> None:
    made = planned(prompt, admin)
    improving.start(made)
    made.refresh_from_db()
    improving.cancel(made)
    made.refresh_from_db()
    assert made.problem == "It was cancelled."
    with pytest.raises(NotPossible):
        improving.cancel(made)


def test_the_run_was_deleted_meanwhile(asked: ScriptedOpenAI, prompt: SystemPrompt, admin: User, monkeypatch: pytest.MonkeyPatch) -> None:
    made = planned(prompt, admin)

    def delete(*_: Any) -> str:
        made.run.delete()
        return NEW

    monkeypatch.setattr(rewriting, "proposal", delete)
    improving.start(made)
    job = Job.objects.get()
    assert jobs.run(job) == "It was deleted, or had ended."
    assert not Improvement.objects.exists()
    assert jobs.run(job) == "The run was deleted."
