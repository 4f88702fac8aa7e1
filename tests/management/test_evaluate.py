"""`manage.py prompts evaluate` runs cases in CI: of a prompt, of its file, of a Promptfoo configuration; a regression fails it."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from conversations.evaluation.checks.check import Check
from conversations.models import SystemPrompt
from tests.support.cases import case
from tests.support.scripted_openai import Answer, Finish, Request, ScriptedOpenAI, Text, failure

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def asked(provider: ScriptedOpenAI, settings: Any) -> ScriptedOpenAI:
    settings.OPENAI_BASE_URL, settings.OPENAI_API, settings.OPENAI_API_KEY = provider.base_url, "chat_completions", "sk-test-0123456789"
    settings.OPENAI_MODEL = "scripted-model"
    provider.answer_with = lambda request: Answer(steps=(Text(f"{request.system} {request.question}"), Finish()))
    return provider


@pytest.fixture
def prompt() -> SystemPrompt:
    """Whose second version is live, and whose third is being staged."""
    prompt = SystemPrompt.objects.get(slug="assistant")
    prompt.publish(text="Be old.")
    prompt.publish(text="Be new.", label="staging")
    return prompt


def evaluate(what: object, *arguments: str) -> tuple[int, str, str]:
    """Its exit code, what it printed, and what it said beside."""
    out, err = io.StringIO(), io.StringIO()
    try:
        call_command("prompts", "evaluate", str(what), *arguments, stdout=out, stderr=err)
    except CommandError as error:
        return error.returncode, out.getvalue(), f"{err.getvalue()}{error}"
    return 0, out.getvalue(), err.getvalue()


def test_a_regression_against_what_is_live_fails(asked: ScriptedOpenAI, prompt: SystemPrompt) -> None:
    case(prompt, "tide?", Check("contains", "tide"))
    assert evaluate("assistant", "--label", "staging")[0] == 0
    case(prompt, "moon?", Check("contains", "old"))
    code, printed, said = evaluate("assistant", "--label", "staging", "--repeats", "2")
    assert code == 1
    assert printed.splitlines()[0] == "moon?: 2 of 2, 0 of 2 – worse"
    assert "version 3, staging: 2 of 4 passed (15 to 85 %), not enough data to tell them apart; 0 not judged" in printed
    assert "contains “old”: “old” is not in the answer." in printed
    assert "8 answers and 0 judgements" in said
    code, printed, _ = evaluate("assistant", "--label", "staging", "--json")
    told = json.loads(printed)
    assert (code, told["regressions"], [one["passed"] for one in told["candidates"]]) == (1, ["moon?"], [2, 1])
    assert evaluate("assistant", "--label", "live")[0] == 0


def test_a_prompts_file_is_run_with_the_cases_beside_it(asked: ScriptedOpenAI, prompt: SystemPrompt, tmp_path: Path) -> None:
    (tmp_path / "assistant.md").write_text("---\nname: Assistant\n---\n\nBe newest.\n")
    (tmp_path / "assistant.cases.yaml").write_text("- ask: tide?\n  checks:\n  - {type: contains, value: Be old}\n")
    code, printed, _ = evaluate(tmp_path / "assistant.md")
    assert (code, "assistant.md: 0 of 1 passed" in printed) == (1, True)
    (tmp_path / "assistant.cases.yaml").write_text("- ask: tide?\n  checks:\n  - {type: contains, value: Be}\n")
    assert evaluate(tmp_path / "assistant.md")[0] == 0
    assert {request.system for request in asked.streams} == {"Be old.", "Be newest."}


def test_a_promptfoo_configuration_is_run_as_it_is(asked: ScriptedOpenAI, prompt: SystemPrompt, tmp_path: Path) -> None:
    config = tmp_path / "promptfooconfig.yaml"
    config.write_text(
        "prompts: ['Say {{what}}', 'Tell me {{what}}']\nproviders: [openai:chat:scripted-model]\n"
        "tests:\n- vars: {what: 'tide {{x}}'}\n  assert: [{type: contains, value: Say}, {type: python, value: x}]\n"
    )
    code, printed, said = evaluate(config)
    assert code == 1
    assert "tide {{x}}: 1 of 1, 0 of 1 – worse" in printed
    assert "no such check here" in said
    assert {request.question for request in asked.streams} == {"Say tide {{x}}", "Tell me tide {{x}}"}


def test_without_answers_it_fails_too(asked: ScriptedOpenAI, prompt: SystemPrompt) -> None:
    case(prompt, "tide?", Check("contains", "tide"))
    asked.answer_with = lambda request: failure(400, "No")
    code, _, said = evaluate("assistant", "--label", "staging")
    assert (code, "Not everything was answered" in said) == (2, True)


@pytest.mark.parametrize(
    ("what", "words"), [("nothing", "no such prompt"), ("assistant", "has no cases"), ("nowhere.yaml", "no ordinary file")]
)
def test_what_can_not_be_run_is_said(asked: ScriptedOpenAI, prompt: SystemPrompt, what: str, words: str) -> None:
    code, _, said = evaluate(what)
    assert (code, words in said) == (2, True)


def test_another_model_judges(asked: ScriptedOpenAI, prompt: SystemPrompt) -> None:
    case(prompt, "tide?", Check("judge", "Is polite"))

    def answer(request: Request) -> Answer:
        is_judge = request.body["model"] == "judge-model"
        return Answer(steps=(Text('{"pass": false, "reason": "Rude"}' if is_judge else "Hm"), Finish()))

    asked.answer_with = answer
    code, printed, _ = evaluate("assistant", "--label", "live", "--judge", "judge-model")
    assert (code, "Rude" in printed) == (1, True)
