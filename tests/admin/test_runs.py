"""A run is planned with its estimate, started, followed, cancelled, judged by users, judged again, and exported."""

from __future__ import annotations

import csv
import io
import json
import re
from typing import Any

import pytest
from django.test import Client

from conversations.evaluation.checks.check import Check
from conversations.models import Result, Run, RunState, SystemPrompt, User
from tests.support.admin_pages import logged, staff, url, write_draft
from tests.support.cases import again, case
from tests.support.limits import price
from tests.support.scripted_openai import Answer, Finish, ScriptedOpenAI, Text

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def asked(provider: ScriptedOpenAI, settings: Any) -> ScriptedOpenAI:
    settings.OPENAI_BASE_URL, settings.OPENAI_API, settings.OPENAI_API_KEY = provider.base_url, "chat_completions", "sk-test-0123456789"
    settings.OPENAI_MODEL = "scripted-model"
    provider.answer_with = lambda request: Answer(steps=(Text(f"={request.system}\n<b>{request.question}</b>"), Finish()))
    return provider


@pytest.fixture
def prompt() -> SystemPrompt:
    return SystemPrompt.objects.get(slug="assistant")


@pytest.fixture
def signed_in(client: Client, admin: User, prompt: SystemPrompt) -> Client:
    client.force_login(admin)
    write_draft(client, prompt, text="Be new.")
    return client


def plan(client: Client, prompt: SystemPrompt, **entered: Any) -> Run:
    sent = {"candidates": ["live", "draft"], "which": "", "repeats": "1", "cap": "2.00", "judge_model": ""} | entered
    answer = client.post(f"{url('run_add')}?prompt={prompt.pk}", sent)
    assert answer.status_code == 302, answer.context["form"].errors
    return Run.objects.get()


def page(client: Client, run: Run) -> str:
    return str(client.get(url("run_change", run.pk)).content.decode())


def costs(client: Client) -> list[str]:
    """As the list says them."""
    return re.findall(r'<td class="field-cost">([^<]*)</td>', client.get(url("run_changelist")).content.decode())


def do(client: Client, run: Run, what: str) -> None:
    assert client.post(url(f"run_{what}", run.pk)).status_code == 302
    run.refresh_from_db()


def test_from_its_plan_to_its_results(asked: ScriptedOpenAI, signed_in: Client, prompt: SystemPrompt, bob: User) -> None:
    price(dollars="1")
    worse = case(prompt, "tide?", Check("contains", "new", negated=True))
    case(prompt, "moon?", Check("contains", "moon"))
    run = plan(signed_in, prompt)
    assert "4 answers, about " in page(signed_in, run)
    assert "It stops before it costs more than $2.00." in page(signed_in, run)
    assert not asked.streams
    do(signed_in, run, "start")
    assert run.state == RunState.WAITING
    assert signed_in.get(url("run_state", run.pk)).json() == {"state": "waiting", "done": 0, "total": 4}
    again(run)
    shown = page(signed_in, run)
    assert "1 of 2" in shown and "2 of 2" in shown and "not enough data to tell them apart" in shown
    assert shown.index(">tide?</a>") < shown.index(">moon?</a>")
    answers = signed_in.get(url("run_case", run.pk, worse.pk)).content.decode()
    assert "&lt;b&gt;tide?&lt;/b&gt;" in answers and "<b>tide?" not in answers
    assert "“new” is in the answer." in answers and 'class="line added"' in answers
    failed = Result.objects.get(passed=False)
    signed_in.post(url("run_case", run.pk, worse.pk), {"result": str(failed.pk), "verdict": "good", "note": "It is fine"})
    failed.refresh_from_db()
    assert (failed.is_good, failed.note, failed.judged_by) == (True, "It is fine", User.objects.get(username="admin"))
    assert "by admin: It is fine" in signed_in.get(url("run_case", run.pk, worse.pk)).content.decode()
    assert "no answer is asked for again" in signed_in.get(url("run_judge", run.pk)).content.decode()
    do(signed_in, run, "judge")
    again(run)
    assert len(asked.streams) == 4
    assert Result.objects.get(pk=failed.pk).is_good
    signed_in.post(url("run_case", run.pk, worse.pk), {"result": str(failed.pk), "verdict": ""})
    assert Result.objects.get(pk=failed.pk).is_good is False
    assert ["Started the run." in logged(), "Had the answers judged again." in logged()] == [True, True]
    client = Client()
    client.force_login(staff(bob, "view_systemprompt"))
    assert {client.get(url(f"run_{name}", run.pk)).status_code for name in ("change", "state", "csv", "promptfoo", "ask", "judge")} == {403}


def test_what_has_no_price_is_not_said_to_be_free(asked: ScriptedOpenAI, signed_in: Client, prompt: SystemPrompt) -> None:
    case(prompt, "tide?", Check("contains", "new"))
    run = plan(signed_in, prompt)
    assert "It stops before it costs more than $2.00, not counting what has no price." in page(signed_in, run)
    do(signed_in, run, "start")
    assert "2 answers for $0.0000, without 2 whose price is unknown." in again(run)
    assert costs(signed_in) == ["unknown"]
    assert page(signed_in, run).count('<td class="number">unknown</td>') == 2
    assert "2 of 2 answers for an unknown amount (estimate: of unknown cost" in page(signed_in, run)
    run.results.filter(candidate=0).update(cost=2_000_000_000)
    assert "2 of 2 answers for at least $2.00 (" in page(signed_in, run)
    assert costs(signed_in) == ["at least $2.00"]
    run.results.filter(candidate=1).update(error="It was stopped.")
    run.results.filter(candidate=0).update(cost=None)
    once_more = signed_in.get(url("run_ask", run.pk)).content.decode()
    assert "The run has cost an unknown amount so far." in once_more and "It can’t count what has no price." in once_more


def test_exports(asked: ScriptedOpenAI, signed_in: Client, prompt: SystemPrompt) -> None:
    case(prompt, "tide?", Check("contains", "new"), variables={"who": "Anna"})
    run = plan(signed_in, prompt)
    do(signed_in, run, "start")
    again(run)
    rows = list(csv.DictReader(io.StringIO(signed_in.get(url("run_csv", run.pk)).content.decode())))
    assert [(row["candidate"], row["passed"]) for row in rows] == [("version 1, live", "no"), ("the draft", "yes")]
    assert rows[0]["output"].startswith("'=")  # else a spreadsheet would reckon with it
    assert rows[0]["reasons"] == "contains “new”: “new” is not in the answer."
    written = json.loads(signed_in.get(url("run_promptfoo", run.pk)).content)["results"]
    assert written["stats"] == {"successes": 1, "failures": 1, "errors": 0}
    first = written["results"][0]
    assert (first["success"], first["vars"], first["gradingResult"]["componentResults"][0]["assertion"]["type"]) == (
        False,
        {"who": "Anna"},
        "contains",
    )


def test_a_waiting_run_is_cancelled(asked: ScriptedOpenAI, signed_in: Client, prompt: SystemPrompt) -> None:
    case(prompt, "tide?")
    run = plan(signed_in, prompt)
    do(signed_in, run, "start")
    do(signed_in, run, "cancel")
    assert (run.state, run.stopped) == (RunState.STOPPED, "It was cancelled.")
    assert "It was cancelled." in page(signed_in, run)


def test_a_plan_says_what_it_can_not_be(asked: ScriptedOpenAI, signed_in: Client, prompt: SystemPrompt) -> None:
    assert "no cases" in signed_in.get(url("run_add")).content.decode()
    case(prompt, "tide?", tags=["sea"])
    place = f"{url('run_add')}?prompt={prompt.pk}"
    shown = signed_in.get(place).content.decode()
    assert "with the tag “sea” (1)" in shown
    for entered, words in (
        ({"repeats": "21"}, "less than or equal to 20"),
        ({"candidates": []}, "Choose at least one"),
        ({"cap": "0"}, "0.01"),
    ):
        sent = {"candidates": ["live"], "which": "", "repeats": "1", "cap": "1", "judge_model": ""} | entered
        assert words in signed_in.post(place, sent).content.decode()
    assert not Run.objects.exists()
    run = plan(signed_in, prompt, which="tag:sea", models=["scripted-model"])
    assert [one["label"] for one in run.candidates] == ["version 1, live", "the draft", "the draft, scripted-model"]


def test_what_failed_is_asked_again_for_a_cap(asked: ScriptedOpenAI, signed_in: Client, prompt: SystemPrompt) -> None:
    price()
    case(prompt, "tide?")
    run = plan(signed_in, prompt, cap="0.01")
    do(signed_in, run, "start")
    assert "It hasn’t ended yet." in signed_in.get(url("run_ask", run.pk), follow=True).content.decode()
    again(run)
    assert "Ask again what failed" in page(signed_in, run)
    shown = signed_in.get(url("run_ask", run.pk)).content.decode()
    assert "2 answers</strong> failed or were never asked" in shown
    assert "The run has cost $0.00 so far." in shown
    for entered in ({}, {"cap": "0"}):
        assert "errorlist" in signed_in.post(url("run_ask", run.pk), entered).content.decode()
    assert signed_in.post(url("run_ask", run.pk), {"cap": "40"}).status_code == 302
    again(run)
    assert run.state == RunState.DONE
    assert run.results.filter(error="").count() == 2
    assert "Ask again what failed" not in page(signed_in, run)
    assert "Asked again what had failed." in logged()
