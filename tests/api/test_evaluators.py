"""Programs that judge models judge an assistant: they ask it over both APIs, and say which of its answers are as expected."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.support.client_process import ClientError, ClientProcess
from tests.support.javascript_clients import promptfoo
from tests.support.python_clients import python_clients
from tests.support.scripted_openai import ScriptedOpenAI
from tests.support.serving import Served

USES = {"promptfoo": "promptfoo/evaluating", "inspect-ai": "with_inspect"}
QUESTIONS = ["Say moon.", "Say sun."]


@pytest.fixture(scope="module", params=USES)
def evaluator(
    request: pytest.FixtureRequest, served: Served, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[str, ClientProcess]]:
    token = served.manage("api_token", "alice").strip()
    process = (
        promptfoo(served.address, token, tmp_path_factory.mktemp("promptfoo"))
        if request.param == "promptfoo"
        else python_clients(request.param, served.address, token)
    )
    with process as running:
        yield USES[request.param], running


def test_answers_are_judged(evaluator: tuple[str, ClientProcess], lasting_provider: ScriptedOpenAI) -> None:
    use, process = evaluator
    before = len(lasting_provider.streams)
    results = process.run(use, "judged", assistant="pirate", questions=QUESTIONS, expected="moon")  # the model repeats what it is asked
    judged = sorted((one["api"], one["question"], one["text"], one["success"]) for one in results)
    assert judged == [
        (api, question, f"You said: {question}", "moon" in question) for api in ("chat", "responses") for question in QUESTIONS
    ]
    assert all(one["tokens"] > 0 for one in results)
    asked = lasting_provider.streams[before:]
    assert len(asked) == 4 and all(request.system == "Talk like a pirate." for request in asked)


def test_what_is_refused_is_no_answer(evaluator: tuple[str, ClientProcess]) -> None:
    use, process = evaluator
    try:
        results = process.run(use, "judged", assistant="pirate@nowhere", questions=QUESTIONS[:1], expected="moon")
    except ClientError as error:  # inspect-ai ends at the first one
        assert "nowhere" in str(error)
    else:
        assert len(results) == 2
        assert all(not one["success"] and "nowhere" in one["error"] for one in results)
