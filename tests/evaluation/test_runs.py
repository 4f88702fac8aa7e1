"""A run asks every case of every candidate, saves each answer as it comes, keeps to its cap, and is judged again without asking again."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection

from conversations.evaluation import asking_again, results, runs, summary
from conversations.evaluation.candidate import Candidate
from conversations.evaluation.checks.check import Check
from conversations.evaluation.execution import AT_ONCE
from conversations.jobs.context import Reason, Stopped, TaskContext
from conversations.models import Attempt, Case, Counting, Purpose, Result, Run, RunState, SystemPrompt, User
from tests.support import jobs
from tests.support.admin_pages import staff
from tests.support.cases import again, candidate, case, planned, run
from tests.support.limits import limit, price
from tests.support.scripted_openai import Answer, Finish, Gate, Hold, Request, ScriptedOpenAI, Text, failure

pytestmark = pytest.mark.django_db(transaction=True)
OLD, NEW = candidate("version 1, live", "Be old."), candidate("draft", "Be new.")
USAGE = {"input_tokens": 20, "cached_tokens": 0, "output_tokens": 10, "reasoning_tokens": 0}


@pytest.fixture
def asked(provider: ScriptedOpenAI, settings: Any) -> ScriptedOpenAI:
    """Says which prompt and which question it was given."""
    settings.OPENAI_BASE_URL, settings.OPENAI_API, settings.OPENAI_API_KEY = provider.base_url, "chat_completions", "sk-test-0123456789"
    settings.OPENAI_MODEL = "scripted-model"
    provider.answer_with = lambda request: Answer(steps=(Text(f"{request.system} {request.question}"), Finish("stop", USAGE)))
    return provider


@pytest.fixture
def prompt() -> SystemPrompt:
    return SystemPrompt.objects.get(slug="assistant")


@pytest.mark.every_database
def test_each_case_is_put_to_each_candidate_and_checked(asked: ScriptedOpenAI, prompt: SystemPrompt, admin: User) -> None:
    case(prompt, "tide?", Check("contains", "new"), Check("contains", "tide"))
    case(prompt, "{{ what }}?", Check("contains", "old"), variables={"what": "{{ twice }}", "twice": "no"})
    case(prompt, "nothing to check")
    made = planned(prompt, admin, OLD, NEW, repeats=2)
    assert made.state == RunState.PLANNED
    assert "12 answers for $" in run(made)
    assert made.state == RunState.DONE
    assert len(asked.streams) == 12
    assert {request.question for request in asked.streams} == {"tide?", "{{ twice }}?", "nothing to check"}
    assert made.results.filter(case__name="tide?").values_list("candidate", "passed").distinct().count() == 2
    found = summary.rows([(one.pk, one.name) for one in prompt.cases.all()], made.results.all(), 2, lambda result: result.case_id)
    told = [(row.case, row.fall, row.is_regression) for row in found]
    assert told == [("{{ what }}?", 1.0, True), ("nothing to check", 0.0, False), ("tide?", -1.0, False)]
    old, new = summary.totals(found, 2)
    assert (old.share, new.share, old.open, old.flaky) == ((2, 4), (2, 4), 2, 0)
    assert new.compared == "not enough data to tell them apart"
    result = made.results.filter(case__name="tide?", candidate=1).first()
    assert result and result.findings
    assert [(one["title"], one["passed"], one["reason"]) for one in result.findings] == [
        ("contains “new”", True, "“new” is in the answer."),
        ("contains “tide”", True, "“tide” is in the answer."),
    ]
    assert (result.wording, result.output_tokens, result.model) == ("draft", 10, "scripted-model")
    assert set(Attempt.objects.values_list("purpose", flat=True)) == {"run"}


def test_a_second_beginning_asks_nothing_twice(asked: ScriptedOpenAI, prompt: SystemPrompt, admin: User) -> None:
    for number in range(6):
        case(prompt, f"Question {number}", Check("contains", "Question"))
    made = planned(prompt, admin, OLD)
    runs.start(made)
    made.refresh_from_db()
    context = TaskContext(made.job)  # type: ignore[arg-type]
    gate = Gate()
    asked.answer_with = lambda request: Answer(
        steps=(Text("Question"), *((Hold(gate),) if "5" in request.question else ()), Finish("stop", USAGE))
    )
    ticks: list[int] = []

    def tick(done: int, total: int) -> None:
        ticks.append(done)
        if done == 5:
            context.stop(Reason.GIVEN_BACK)
        context.check()

    context.progress = tick  # type: ignore[method-assign]
    with pytest.raises(Stopped):
        runs.run_cases.call(context, {"run": str(made.pk)})
    gate.open()
    assert made.results.count() == 5
    assert Run.objects.get().finished is None
    before = len(asked.streams)
    assert "6 answers" in again(made)
    assert [request.question for request in asked.streams[before:]] == ["Question 5"]
    assert "6 answers" in again(made)
    assert len(asked.streams) == before + 1


def test_a_cancelled_run_ends_and_says_so(asked: ScriptedOpenAI, prompt: SystemPrompt, admin: User) -> None:
    case(prompt, "tide?")
    made = planned(prompt, admin, OLD)
    runs.start(made)
    made.refresh_from_db()
    context = TaskContext(made.job)  # type: ignore[arg-type]
    context.stop(Reason.CANCELLED)
    with pytest.raises(Stopped):
        runs.run_cases.call(context, {"run": str(made.pk)})
    made.refresh_from_db()
    assert (made.state, made.stopped) == (RunState.STOPPED, "It was cancelled.")
    with pytest.raises(runs.NotStartable):
        runs.start(made)


def test_the_cap_ends_it(asked: ScriptedOpenAI, prompt: SystemPrompt, admin: User) -> None:
    price()  # a token costs a tenth of a cent, so an answer 22 cents
    asked.answer_with = lambda request: Answer(steps=(Text("x"), Finish("stop", {**USAGE, "output_tokens": 200})))
    for number in range(30):
        case(prompt, f"Question {number}")
    made = planned(prompt, admin, OLD, dollars=3)
    assert made.estimate and made.estimate > made.cap
    said = run(made)
    assert "Another answer could exceed the cap of $3.00." in said
    assert made.state == RunState.STOPPED
    spent = sum(result.cost or 0 for result in made.results.all())
    assert made.cap / 2 < spent <= made.cap
    low = planned(prompt, admin, OLD, dollars=0.0001)
    before = len(asked.streams)
    assert "0 answers" in run(low)
    assert len(asked.streams) == before


def test_the_budget_of_trials_ends_it(asked: ScriptedOpenAI, prompt: SystemPrompt, admin: User) -> None:
    price()
    limit(counting=Counting.TRIALS, monthly_cost="0.01")
    case(prompt, "tide?")
    made = planned(prompt, admin, OLD, dollars=100)
    run(made)
    assert "trials of prompts" in made.stopped
    assert not asked.streams


def test_an_answer_that_does_not_come_is_no_failed_check(asked: ScriptedOpenAI, prompt: SystemPrompt, admin: User) -> None:
    asked.answer_with = lambda request: failure(400, "No such thing")
    case(prompt, "tide?", Check("contains", "x"))
    made = planned(prompt, admin, OLD)
    run(made)
    result = made.results.get()
    assert (result.passed, result.findings, result.is_good) == (None, [], None)
    assert result.error.endswith(".")


def verdict(passes: bool, reason: str) -> Answer:
    return Answer(steps=(Text(f'{{"reason": "{reason}", "score": 0.7, "pass": {str(passes).lower()}}}'), Finish("stop", USAGE)))


def test_another_model_judges_and_is_booked_as_that(asked: ScriptedOpenAI, prompt: SystemPrompt, admin: User) -> None:
    def answer(request: Request) -> Answer:
        if "You judge one answer" in request.system:
            return verdict("Be new." in request.question, "It says so.")
        return Answer(steps=(Text(request.system), Finish("stop", USAGE)))

    asked.answer_with = answer
    case(prompt, "tide?", Check("judge", "Says that it is new"))
    made = planned(prompt, admin, OLD, NEW, judge_model="judge-model")
    run(made)
    assert [(result.passed, result.findings[0]["reason"]) for result in made.results.order_by("candidate")] == [
        (False, "It says so."), (True, "It says so."),
    ]  # fmt: skip
    judged = [request for request in asked.streams if "You judge one answer" in request.system]
    assert {request.body["model"] for request in judged} == {"judge-model"}
    assert Attempt.objects.filter(purpose=Purpose.JUDGE).count() == 2


def test_it_is_judged_again_without_asking_again(asked: ScriptedOpenAI, prompt: SystemPrompt, admin: User) -> None:
    one = case(prompt, "tide?", Check("contains", "nowhere"))
    made = planned(prompt, admin, OLD)
    run(made)
    assert made.results.get().passed is False
    one.checks = [Check("contains", "tide").stored()]
    one.save()
    case(prompt, "new since then")
    asking_again.judge(made, 0)
    assert "1 answer for" in again(made)
    assert made.results.get().passed is True
    assert len(asked.streams) == 1
    assert made.state == RunState.DONE


def test_a_case_that_is_deleted_meanwhile_leaves_nothing(asked: ScriptedOpenAI, prompt: SystemPrompt, admin: User) -> None:
    gone = case(prompt, "tide?")

    def answer(request: Request) -> Answer:
        def delete() -> None:
            Case.objects.filter(pk=gone.pk).delete()
            connection.close()

        deleting = threading.Thread(target=delete)
        deleting.start()
        deleting.join()
        return Answer(steps=(Text("Late"), Finish("stop", USAGE)))

    asked.answer_with = answer
    made = planned(prompt, admin, OLD)
    run(made)
    assert not Result.objects.exists()
    assert made.state == RunState.DONE


def test_a_run_that_is_deleted_meanwhile_asks_nothing_more(asked: ScriptedOpenAI, prompt: SystemPrompt, admin: User) -> None:
    for number in range(3 * AT_ONCE):
        case(prompt, f"Question {number}")
    made = planned(prompt, admin, OLD)

    def answer(request: Request) -> Answer:
        def delete() -> None:
            Run.objects.filter(pk=made.pk).delete()
            connection.close()

        deleting = threading.Thread(target=delete)
        deleting.start()
        deleting.join()
        return Answer(steps=(Text("Late"), Finish("stop", USAGE)))

    asked.answer_with = answer
    runs.start(made)
    made.refresh_from_db()
    assert made.job
    assert jobs.run(made.job) == "The run was deleted."
    assert len(asked.streams) <= AT_ONCE + 1


def test_few_are_asked_at_once(asked: ScriptedOpenAI, prompt: SystemPrompt, admin: User) -> None:
    for number in range(AT_ONCE + 3):
        case(prompt, f"Question {number}")
    gate, held = Gate(), []

    def answer(request: Request) -> Answer:
        held.append(request)
        if len(held) == AT_ONCE:
            gate.open()
        return Answer(steps=(Hold(gate), Text("x"), Finish("stop", USAGE)))

    asked.answer_with = answer
    made = planned(prompt, admin, OLD)
    run(made)
    assert made.results.count() == AT_ONCE + 3


def test_a_wording_is_sent_and_filled_in_as_for_a_user(asked: ScriptedOpenAI, prompt: SystemPrompt, admin: User) -> None:
    text = "For {{ user.name }}: {{ topic }}, {{ brief }}."
    declared = [{"name": "topic", "type": "text", "required": True}, {"name": "brief", "type": "yes_no"}]
    said = [{"role": "user", "text": "{{ topic }}?"}, {"role": "assistant", "text": "Yes"}]
    schema = {"type": "object", "properties": {"sea": {"type": "string"}}}
    version = prompt.publish(text=text, variables=declared, examples=said, output_schema=schema)
    case(prompt, "tide?", variables={"topic": "{{ brief }} sea", "brief": "true"})
    case(prompt, "nothing", variables={"brief": "no"})
    made = planned(prompt, admin, Candidate.of(version, "version 2"))
    run(made)
    [request] = asked.streams
    assert request.system == "For admin: {{ brief }} sea, yes."
    assert [message["content"] for message in request.body["messages"]][1:] == ["{{ brief }} sea?", "Yes", "tide?"]
    assert request.body["response_format"]["json_schema"]["schema"] == schema
    assert made.results.get(case__name="nothing").error == "Topic is missing."


def test_what_failed_is_asked_again_and_nothing_else(asked: ScriptedOpenAI, prompt: SystemPrompt, admin: User) -> None:
    price()
    works = asked.answer_with
    assert works
    asked.answer_with = lambda request: failure(400, "No such thing") if "1" in request.question else works(request)
    for number in range(3):
        case(prompt, f"Question {number}", Check("contains", "new"))
    made = planned(prompt, admin, OLD, NEW)
    run(made)
    assert made.results.exclude(error="").count() == 2
    results.overrule(made.results.exclude(error="").filter(candidate=0).get(), True, "It needn’t answer.", admin)
    before, cost = len(asked.streams), runs.spent(made)
    asked.answer_with = works
    assert asking_again.of_asking(made).answers == 2
    asking_again.ask(made, 0)
    assert "6 answers" in again(made)
    assert made.stopped == "Another answer could exceed the cap of $0.12."
    assert made.results.exclude(error="").count() == 2, "they are still known as failed"
    assert made.results.filter(verdict=True).count() == 1
    asking_again.ask(made, 10**9)
    with pytest.raises(runs.NotStartable):
        asking_again.ask(made, 10**9)
    again(made)
    assert (made.state, made.stopped) == (RunState.DONE, "")
    assert {request.question for request in asked.streams[before:]} == {"Question 1"}
    assert len(asked.streams) == before + 2
    assert set(made.results.values_list("candidate", "passed")) == {(0, False), (1, True)}
    assert set(made.results.values_list("verdict", "note", "judged_by")) == {(None, "", None)}, "it was about the answer before"
    assert (made.cap, runs.spent(made)) == (cost + 10**9, cost * 3 // 2)


def test_judges_keep_to_a_cap_of_their_own(asked: ScriptedOpenAI, prompt: SystemPrompt, admin: User) -> None:
    price("judge-model", "1000")
    said = '{"reason": "So it is.", "score": 0.7, "pass": true}'
    judges = Answer(steps=(Text(said), Finish("stop", {**USAGE, "output_tokens": 300})))
    asked.answer_with = lambda request: (
        judges if "You judge one answer" in request.system else Answer(steps=(Text("x"), Finish("stop", USAGE)))
    )
    case(prompt, "tide?", Check("judge", "One"), Check("judge", "Two"))
    made = planned(prompt, admin, OLD, judge_model="judge-model")
    run(made)
    estimate = asking_again.of_judging(made)
    assert (estimate.answers, estimate.judgements) == (1, 2)
    assert estimate.cost
    assert made.results.get().judge_cost == 2 * 320_000_000
    asking_again.judge(made, 900_000_000)
    again(made)
    assert made.stopped == "Another answer could exceed the cap of $1.54."
    result = made.results.get()
    assert (result.output, result.findings, result.passed) == ("x", None, None)
    assert result.judge_cost == 3 * 320_000_000, "what the first judge took isn't forgotten"
    asking_again.judge(made, 5 * 10**9)
    again(made)
    assert made.results.get().passed is True
    assert len(asked.streams) == 1 + 2 + 1 + 2


def test_answers_at_once_keep_to_the_cap_together(asked: ScriptedOpenAI, prompt: SystemPrompt, admin: User) -> None:
    price()
    long = {**USAGE, "output_tokens": 300}
    bounds = []

    def answer(request: Request) -> Answer:
        bounds.append(request.body["max_tokens"])
        return Answer(steps=(Text("x"), Finish("length" if bounds[-1] < 400 else "stop", {**long, "output_tokens": min(300, bounds[-1])})))

    asked.answer_with = answer
    for number in range(12):
        case(prompt, f"Question {number}")
    made = planned(prompt, admin, candidate("short", "Be old.", parameters={"max_output_tokens": 400}), dollars=1.5)
    run(made)
    assert runs.spent(made) <= made.cap
    assert "could exceed the cap" in made.stopped
    assert len(bounds) >= 3
    assert bounds[0] == 400
    assert bounds[-1] < 400
    cut = made.results.exclude(error="").get()
    assert cut.error == f"It was cut at {bounds[-1]} tokens, so that the run keeps to its cap."


def test_an_answer_as_long_as_any_may_get_says_nothing_of_the_cap(asked: ScriptedOpenAI, prompt: SystemPrompt, admin: User) -> None:
    price()
    asked.answer_with = lambda request: Answer(steps=(Text("x"), Finish("length", USAGE)))
    case(prompt, "tide?")
    made = planned(prompt, admin, OLD, dollars=1000)
    run(made)
    bound = asked.streams[0].body["max_tokens"]
    assert made.results.get().error == f"It was cut at {bound:,} tokens, the most that a run reserves for one."


def test_a_run_stops_when_its_author_may_no_longer_evaluate(asked: ScriptedOpenAI, prompt: SystemPrompt, bob: User) -> None:
    for number in range(3 * AT_ONCE):
        case(prompt, f"Question {number}")
    rights = ("view_systemprompt", "evaluate_systemprompt")

    def in_a_thread(do: Callable[[], object]) -> None:
        def done() -> None:
            do()
            connection.close()

        doing = threading.Thread(target=done)
        doing.start()
        doing.join()

    for take, words in (
        (bob.user_permissions.clear, "bob, who made it, may no longer evaluate prompts."),
        (lambda: User.objects.filter(pk=bob.pk).update(is_active=False), "bob, who made it, was deactivated."),
        (lambda: User.objects.filter(pk=bob.pk).delete(), runs.DELETED),
    ):
        staff(bob, *rights)
        before = len(asked.streams)

        def answer(request: Request, take: Callable[[], object] = take) -> Answer:
            in_a_thread(take)
            return Answer(steps=(Text("Late"), Finish("stop", USAGE)))

        asked.answer_with = answer
        made = planned(prompt, bob, OLD)
        run(made)
        assert (made.state, made.stopped) == (RunState.STOPPED, words)
        assert len(asked.streams) - before <= AT_ONCE + 1
        User.objects.filter(pk=bob.pk).update(is_active=True)
