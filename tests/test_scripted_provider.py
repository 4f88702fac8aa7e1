"""What a test had the scripted provider say is said in no other test, whether it was asked for or not."""

from __future__ import annotations

import httpx2
import pytest

from tests.support.scripted_openai import Answer, ScriptedOpenAI


@pytest.mark.parametrize("test", ["one", "another"])
def test_what_was_not_asked_for_is_forgotten(lasting_provider: ScriptedOpenAI, test: str) -> None:
    question = {"model": "m", "messages": [{"role": "user", "content": test}], "stream": True}
    assert f"You said: {test}".split()[-1] in httpx2.post(f"{lasting_provider.base_url}/chat/completions", json=question).text
    lasting_provider.queue(Answer(body="Left behind"))
