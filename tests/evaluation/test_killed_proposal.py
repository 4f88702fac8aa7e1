"""A proposal whose process is killed while the model writes is asked for again by the next one, and is there once."""

from __future__ import annotations

import pytest

from tests.support.jobs import until
from tests.support.rewrites import NEW, answering, is_asked_for, mark_in
from tests.support.scripted_openai import Answer, Gate, Hold, Request, ScriptedOpenAI, Text
from tests.support.serving import Serving

pytestmark = pytest.mark.every_database
MAKE = """
from conversations.evaluation import improving
from conversations.models import NANO, Improvement, Result, SystemPrompt, User
from tests.support.cases import candidate, case, planned
from tests.support.rewrites import OLD
prompt, by = SystemPrompt.objects.get(slug="assistant"), User.objects.get(username="alice")
User.objects.filter(pk=by.pk).update(is_staff=True, is_superuser=True)
for number in range(2):
    case(prompt, f"Question {number}")
run = planned(prompt, by, candidate("live", OLD))
for one in prompt.cases.all():
    run.results.create(case=one, case_revision=1, candidate=0, repeat=0, output="The wind.", findings=[], verdict=False)
improving.start(improving.plan(run, 0, "", NANO, by))
"""


def test_a_killed_server_proposes_once(quick_serve: Serving, provider: ScriptedOpenAI) -> None:
    gate, asked = Gate(), []

    def answer(request: Request) -> Answer:
        asked.append(mark_in(request))
        if len(asked) == 1:
            return Answer(steps=(Text(f"--- {asked[0]}\nBe"), Hold(gate)))
        return answering(request)

    provider.answer_with = lambda request: answer(request) if is_asked_for(request) else None
    site = quick_serve(provider.base_url)
    site.run(MAKE)
    until(lambda: len(asked) == 1)
    site.kill()
    gate.open()
    again = quick_serve(provider.base_url, data_dir=site.data_dir)
    until(lambda: again.rows("SELECT proposal, problem FROM conversations_improvement") == [(NEW, "")])
    until(
        lambda: (
            again.rows("SELECT state, attempts FROM conversations_job WHERE kind = 'conversations.evaluation.improving.propose'")
            == [("done", 2)]
        )
    )
    assert len(set(asked)) == 2
    again.kill()
