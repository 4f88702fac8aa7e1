"""A run whose process is killed goes on in the next one: what was answered is there, and is not asked again."""

from __future__ import annotations

from collections import Counter

import pytest

from tests.support.jobs import until
from tests.support.scripted_openai import Answer, Finish, Gate, Hold, Request, ScriptedOpenAI, Text
from tests.support.serving import Serving

pytestmark = pytest.mark.every_database
CASES, BEFORE = 8, 4
MAKE = f"""
from conversations.evaluation.checks.check import Check
from conversations.models import SystemPrompt, User
from tests.support.cases import candidate, case, planned
from conversations.evaluation import runs
prompt, by = SystemPrompt.objects.get(slug="assistant"), User.objects.get(username="alice")
User.objects.filter(pk=by.pk).update(is_staff=True, is_superuser=True)
for number in range({CASES}):
    case(prompt, f"Question {{number}}", Check("contains", "tide"))
runs.start(planned(prompt, by, candidate("live", "Be brief.")))
"""


def test_a_killed_server_goes_on_where_it_was(quick_serve: Serving, provider: ScriptedOpenAI) -> None:
    gate, asked = Gate(), Counter[str]()

    def answer(request: Request) -> Answer:
        asked[request.question] += 1
        held = (Hold(gate),) if int(request.question[-1]) >= BEFORE else ()
        return Answer(steps=(Text("The tide"), *held, Finish()))

    provider.answer_with = answer
    site = quick_serve(provider.base_url)
    site.run(MAKE)
    judged = "SELECT count(*) FROM conversations_result WHERE passed"
    until(lambda: site.rows(judged) == [(BEFORE,)])
    until(lambda: sum(asked.values()) == CASES)  # the others have begun
    site.kill()
    gate.open()
    again = quick_serve(provider.base_url, data_dir=site.data_dir)
    until(lambda: again.rows(judged) == [(CASES,)])
    until(
        lambda: (
            again.rows("SELECT state, attempts FROM conversations_job WHERE kind = 'conversations.evaluation.runs.run_cases'")
            == [("done", 2)]
        )
    )
    assert [asked[f"Question {number}"] for number in range(CASES)] == [1] * BEFORE + [2] * (CASES - BEFORE)
    again.kill()
